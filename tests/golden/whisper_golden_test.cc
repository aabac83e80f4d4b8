// Parity with openai/whisper, whose outputs the golden directories hold: for every case found, from
// every source format that it has, and on every instruction set of this machine.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/audio/audio.h"
#include "lib/audio/log_mel.h"
#include "lib/audio/mel_source.h"
#include "lib/audio/stream.h"
#include "lib/base/error.h"
#include "lib/convert/convert.h"
#include "lib/decode/alignment.h"
#include "lib/decode/language.h"
#include "lib/decode/long_form.h"
#include "lib/decode/rules.h"
#include "lib/decode/whisper_decoder.h"
#include "lib/models/whisper.h"
#include "lib/models/whisper_windows.h"
#include "lib/text/strip.h"
#include "lib/text/whisper_tokenizer.h"
#include "tests/decode/collected.h"
#include "tests/support/golden.h"
#include "tests/support/isas.h"
#include "tests/support/npy.h"
#include "tests/support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using kernels::Isa;
using nlohmann::json;
using test::GoldenCase;

// A case from one of its source files on one instruction set.
struct Instance {
  GoldenCase golden;
  std::string source;  // "hf", or a file's name in model/
  Isa isa;
};

void PrintTo(const Instance& instance, std::ostream* os) {
  *os << instance.golden.folder << " from " << instance.source;
}

std::string uncompressed_name(const fs::path& file) {
  return file.extension() == ".xz" ? file.stem().string() : file.filename().string();
}

// The formats that hold a case's weights unrounded.
std::vector<std::string> sources_of(const GoldenCase& golden) {
  std::vector<std::string> sources;
  for (const fs::directory_entry& entry : fs::directory_iterator(golden.folder / "model")) {
    const std::string name = uncompressed_name(entry.path());
    if (name == "hf" || name.ends_with(".pt") || name == "ggml-f16.bin" || name == "ggml-f32.bin") {
      sources.push_back(name);
    }
  }
  std::ranges::sort(sources, std::greater<>());  // hf, if it is there, first but for .pt
  return sources;
}

enum class Work { kLittle, kDecoding, kTranscripts };

// Without SOTTO_EVERY_GOLDEN, what other instances prove already is left out where it is slow: what
// the sources convert to is the same, as tests/convert proves, so the widest instruction set alone
// runs them all; decoding and transcripts add nothing to a kernel's proof, so the slow instruction
// sets and builds run less of them.
std::vector<Instance> instances(Work work) {
#if defined(SOTTO_EMULATED) || defined(SOTTO_SANITIZED)
  constexpr bool kSlowBuild = true;
#else
  constexpr bool kSlowBuild = false;
#endif
  const bool every = test::every_golden();
  std::vector<Isa> isas = test::f32_isas();
  std::erase_if(isas, [](Isa isa) { return !kernels::supported(isa); });
  const auto runs = [&](std::size_t golden, std::size_t source, Isa isa) {
    const bool widest = isa == isas.back();
    if (every) return widest || source == 0;
    if ((kSlowBuild || source > 0) && !widest) return false;
    if (kSlowBuild || isa == Isa::kScalar) {
      return source == 0 && (work == Work::kLittle || (work == Work::kDecoding && golden == 0));
    }
    return source == 0 || work != Work::kTranscripts;
  };
  std::vector<Instance> all;
  const std::vector<GoldenCase> cases = test::golden_cases("whisper");
  for (std::size_t golden = 0; golden < cases.size(); ++golden) {
    const std::vector<std::string> sources = sources_of(cases[golden]);
    for (std::size_t source = 0; source < sources.size(); ++source) {
      for (const Isa isa : isas) {
        if (runs(golden, source, isa)) all.push_back({cases[golden], sources[source], isa});
      }
    }
  }
  return all;
}

std::string instance_name(const testing::TestParamInfo<Instance>& info) {
  std::string text = info.param.golden.folder.filename().string() + "_" + info.param.source + "_" +
                     std::string(name(info.param.isa));
  for (char& c : text) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return text + "_" + std::to_string(info.index);
}

// The case's checkpoint with its vocabulary beside it, converted by our own converter.
fs::path convert_case(const Instance& instance, const test::TempFolder& temp) {
  const fs::path vocabularies = instance.golden.root / "whisper" / "tokenizer";
  const fs::path model = instance.golden.folder / "model";
  const json config = test::read_json(model / "hf" / "config.json");
  const bool multilingual = config["vocab_size"].get<int>() >= 51865;
  ConvertOptions options;
  options.type = WeightType::kF32;  // and so caches of f32: what the tolerance is for
  fs::path source;
  if (instance.source == "hf") {
    source = temp / "hf";
    fs::create_directory(source);
    for (const fs::path& folder :
         {vocabularies / (multilingual ? "hf_multilingual" : "hf_gpt2"), model / "hf"}) {
      for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        test::place(entry.path(), source);
      }
    }
  } else {
    const fs::path plain = model / instance.source;
    test::place(fs::exists(plain) ? plain : fs::path(plain.string() + ".xz"), temp.path());
    source = temp / instance.source;
    if (instance.source.ends_with(".pt")) {
      const std::string vocabulary = multilingual ? "multilingual.tiktoken" : "gpt2.tiktoken";
      test::place(vocabularies / (vocabulary + ".xz"), temp.path());
      options.vocabulary = temp / vocabulary;
    }
  }
  const Status converted = converter::convert(source, temp / "model.gguf", options);
  if (!converted) throw std::runtime_error(converted.error().message);
  return temp / "model.gguf";
}

class WhisperGolden : public testing::TestWithParam<Instance> {
 protected:
  void SetUp() override {
    const Result<format::Gguf> file = format::Gguf::open(convert_case(GetParam(), temp_));
    ASSERT_TRUE(file) << file.error().message;
    auto model = models::Whisper::load(*file, GetParam().isa);
    ASSERT_TRUE(model) << model.error().message;
    model_ = *std::move(model);
    const auto views = file->string_array("tokenizer.ggml.tokens");
    ASSERT_TRUE(views) << views.error().message;
    auto tokenizer = text::WhisperTokenizer::create(file->name(), *views);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    tokenizer_ = *std::move(tokenizer);
    models::WhisperLimits limits{.max_hypotheses = 5, .alignment = true};
    if (const text::WhisperIds& ids = tokenizer_->ids(); ids.multilingual) {
      limits.first_language = static_cast<std::size_t>(ids.first_language);
      limits.languages = static_cast<std::size_t>(ids.languages);
    }
    auto session = models::WhisperSession::create(*model_, limits, 2);
    ASSERT_TRUE(session) << session.error().message;
    session_ = *std::move(session);
    auto decoder = decode::WhisperDecoder::create(*session_, *tokenizer_);
    ASSERT_TRUE(decoder) << decoder.error().message;
    decoder_ = *std::move(decoder);
  }

  fs::path golden(const std::string& file) const {
    return GetParam().golden.folder / "golden" / file;
  }
  std::vector<float> samples(const std::string& tag) const {
    const auto sound = audio::read_file(GetParam().golden.root / "audio" / (tag + ".wav"));
    if (!sound) throw std::runtime_error(sound.error().message);
    return sound->samples;
  }
  // log_mel(pad_or_trim(audio)) through the encoder.
  std::span<const float> encode(const std::string& tag) {
    std::vector<float> padded = samples(tag);
    padded.resize(30 * audio::kMelRate);
    const std::vector<float> mel = audio::log_mel(padded, 0, model_->config().mel_bins);
    std::ranges::copy(mel, session_->mel().begin());
    return session_->encode();
  }
  std::vector<std::int32_t> encode_text(const json& text) const {
    const auto words = text.get<std::string>();
    return tokenizer_->encode(base::concat(" ", text::strip(words)));
  }
  decode::DecodingOptions decoding_options(const json& options, const std::string& language) const;
  void expect_segment(const decode::Segment& got, const json& want, bool words_stable) const;

  test::TempFolder temp_;
  std::unique_ptr<const models::Whisper> model_;
  std::unique_ptr<const text::WhisperTokenizer> tokenizer_;
  std::unique_ptr<models::WhisperSession> session_;
  std::unique_ptr<decode::WhisperDecoder> decoder_;
};

TEST_P(WhisperGolden, EncoderHiddenStatesAndLogitsAreTheReferences) {
  const auto tokens =
      test::read_json(golden("dec_tf_tokens.json")).get<std::vector<std::int32_t>>();
  std::size_t encoders = 0, logits = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(golden(""))) {
    const std::string stem = entry.path().stem().string();
    if (!stem.starts_with("enc_") || entry.path().extension() != ".npy") continue;
    ++encoders;
    const std::string tag = stem.substr(4);
    test::expect_close(encode(tag), test::read_npy(entry.path()).values, tag + " encoder");
    for (const auto& [path, positions] : test::logits_files(golden(""), tag)) {
      const test::Npy want = test::read_npy(path);
      ASSERT_EQ(want.shape[0], positions.size());
      for (std::size_t row = 0; row < positions.size(); ++row) {
        session_->prompt(tokens, positions[row]);
        test::expect_close(session_->probe_logits(),
                           std::span(want.values).subspan(row * want.shape[1], want.shape[1]),
                           tag + " logits " + std::to_string(positions[row]));
        ++logits;
      }
    }
    const fs::path hidden = golden("dec_tf_hidden_" + tag + ".npy");
    if (!fs::exists(hidden)) continue;
    session_->prompt(tokens, 0);
    test::expect_close(session_->hidden(), test::read_npy(hidden).values, tag + " hidden states");
  }
  EXPECT_GT(encoders, 0U);
  EXPECT_GT(logits, 0U);
}

decode::DecodingOptions WhisperGolden::decoding_options(const json& options,
                                                        const std::string& language) const {
  decode::DecodingOptions o;
  o.language = language;
  for (const auto& [key, value] : options.items()) {
    if (key == "language" || key == "temperature") continue;
    if (key == "task") {
      o.task = value == "translate" ? decode::Task::kTranslate : decode::Task::kTranscribe;
    } else if (key == "sample_len") {
      o.sample_len = value.get<std::size_t>();
    } else if (key == "beam_size") {
      o.beam_size = value.get<std::size_t>();
    } else if (key == "patience") {
      o.patience = value.get<double>();
    } else if (key == "length_penalty") {
      o.length_penalty = value.get<double>();
    } else if (key == "prompt") {
      o.prompt = encode_text(value);
    } else if (key == "prefix") {
      o.prefix = encode_text(value);
    } else if (key == "suppress_tokens") {
      o.suppress_tokens = value.get<std::string>();
    } else if (key == "suppress_blank") {
      o.suppress_blank = value.get<bool>();
    } else if (key == "without_timestamps") {
      o.without_timestamps = value.get<bool>();
    } else if (key == "max_initial_timestamp") {
      o.max_initial_timestamp = value.is_null() ? std::nullopt : std::optional(value.get<double>());
    } else {
      throw std::runtime_error("no such decoding option: " + key);
    }
  }
  return o;
}

class WhisperDecodings : public WhisperGolden {};

TEST_P(WhisperDecodings, EveryOneIsTheReferences) {
  const json cases = test::read_json(golden("decode.json"));
  std::size_t checked = 0;
  for (const auto& [tag, by_name] : cases.items()) {
    encode(tag);
    for (const auto& [name, want] : by_name.items()) {
      SCOPED_TRACE(tag + " " + name);
      const json& asked = want["options"];
      std::string language = asked.value("language", "");
      if (language.empty() && tokenizer_->ids().multilingual) {
        const auto detected = decode::detect_language(*session_, *tokenizer_);
        ASSERT_TRUE(detected) << detected.error().message;
        language = detected->code;
      }
      const decode::DecodingOptions options = decoding_options(asked, language);
      const auto suppressed = decode::suppressed_tokens(*tokenizer_, options.suppress_tokens);
      ASSERT_TRUE(suppressed) << suppressed.error().message;
      EXPECT_EQ(*suppressed, want["suppress_tokens"].get<std::vector<std::int32_t>>());
      const auto got = decoder_->decode(options);
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(got->language, want["language"].get<std::string>());
      EXPECT_EQ(got->tokens, want["tokens"].get<std::vector<std::int32_t>>());
      EXPECT_EQ(got->text, want["text"].get<std::string>());
      EXPECT_NEAR(got->avg_logprob, want["avg_logprob"].get<double>(), 1e-4);
      EXPECT_NEAR(got->no_speech_prob, want["no_speech_prob"].get<double>(), 1e-4);
      EXPECT_NEAR(got->compression_ratio, want["compression_ratio"].get<double>(), 1e-9);
      EXPECT_EQ(got->truncated, want["hit_sample_len"].get<bool>());
      ++checked;
    }
  }
  EXPECT_GT(checked, 0U);
}

TEST_P(WhisperGolden, LanguageProbabilitiesAreTheReferences) {
  if (!fs::exists(golden("detect_language.json"))) GTEST_SKIP() << "the case has none";
  const json cases = test::read_json(golden("detect_language.json"));
  ASSERT_FALSE(cases.empty());
  for (const auto& [tag, want] : cases.items()) {
    encode(tag);
    const auto got = decode::detect_language(*session_, *tokenizer_);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->token, want["token"].get<std::int32_t>());
    const std::span<const std::string> codes = tokenizer_->language_codes();
    ASSERT_EQ(got->probabilities.size(), want["probs"].size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      EXPECT_NEAR(got->probabilities[i], want["probs"].at(codes[i]).get<double>(), 1e-4)
          << codes[i];
    }
  }
}

TEST_P(WhisperGolden, WordAlignmentIsTheReferences) {
  std::size_t checked = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(golden(""))) {
    const std::string stem = entry.path().stem().string();
    if (!stem.starts_with("align_") || entry.path().extension() != ".json") continue;
    const std::string tag = stem.substr(6);
    const json want = test::read_json(entry.path());
    std::vector<std::vector<std::uint32_t>> heads;
    for (const auto& head : model_->config().alignment_heads) {
      heads.push_back({head.layer, head.head});
    }
    EXPECT_EQ(json(heads), want["alignment_heads"]);

    encode(tag);
    const auto sot = want["sot_sequence"].get<std::vector<std::int32_t>>();
    std::string language;
    bool translate = false;
    if (tokenizer_->ids().multilingual) {
      ASSERT_EQ(sot.size(), 3U);
      language = tokenizer_->language_codes()[static_cast<std::size_t>(
          sot[1] - tokenizer_->ids().first_language)];
      translate = sot[2] == tokenizer_->ids().translate;
    }
    decode::Aligner aligner(*session_, *tokenizer_);
    const auto words = aligner.find_alignment(
        want["text_tokens"].get<std::vector<std::int32_t>>(), want["num_frames"].get<std::size_t>(),
        language, translate ? decode::Task::kTranslate : decode::Task::kTranscribe);
    ASSERT_TRUE(words) << words.error().message;

    const test::Npy matrix = test::read_npy(golden("align_" + tag + "_neg_matrix.npy"));
    ASSERT_EQ(aligner.costs().size(), matrix.values.size());
    double difference = 0;
    for (std::size_t i = 0; i < matrix.values.size(); ++i) {
      difference =
          std::max(difference, std::fabs(double{aligner.costs()[i]} - double{matrix.values[i]}));
    }
    printf("%s: alignment matrix differs by %.1e\n", tag.c_str(), difference);
    // The scores are normalised by their deviation over the tokens, which in random models is
    // small.
    EXPECT_LE(difference, 1e-4);
    ASSERT_EQ(words->size(), want["words"].size());
    for (std::size_t i = 0; i < words->size(); ++i) {
      SCOPED_TRACE(i);
      const decode::WordTiming& got = (*words)[i];
      const json& word = want["words"][i];
      EXPECT_EQ(got.word, word["word"].get<std::string>());
      EXPECT_EQ(got.tokens, word["tokens"].get<std::vector<std::int32_t>>());
      const double probability = word["probability"].get<double>();
      EXPECT_NEAR(got.probability, probability, 1e-4 * std::max(probability, 1e-3));
      if (!want["path_stable_under_2e5_noise"].get<bool>()) continue;
      EXPECT_NEAR(got.start, word["start"].get<double>(), 1e-9);
      EXPECT_NEAR(got.end, word["end"].get<double>(), 1e-9);
    }
    ++checked;
  }
  EXPECT_GT(checked, 0U);
}

void WhisperGolden::expect_segment(const decode::Segment& got, const json& want,
                                   bool words_stable) const {
  EXPECT_EQ(got.id, want["id"].get<std::size_t>());
  EXPECT_EQ(got.seek, want["seek"].get<std::size_t>());
  EXPECT_EQ(got.text, want["text"].get<std::string>());
  EXPECT_EQ(got.tokens, want["tokens"].get<std::vector<std::int32_t>>());
  EXPECT_EQ(got.token_log_probabilities.size(), got.tokens.size());
  EXPECT_NEAR(got.temperature, want["temperature"].get<double>(), 1e-9);
  EXPECT_NEAR(got.avg_logprob, want["avg_logprob"].get<double>(), 1e-4);
  EXPECT_NEAR(got.compression_ratio, want["compression_ratio"].get<double>(), 1e-9);
  EXPECT_NEAR(got.no_speech_prob, want["no_speech_prob"].get<double>(), 1e-4);
  const bool words = want.contains("words");
  if (!words || words_stable) {
    EXPECT_NEAR(got.start, want["start"].get<double>(), 1e-6);
    EXPECT_NEAR(got.end, want["end"].get<double>(), 1e-6);
  }
  ASSERT_EQ(got.words.size(), words ? want["words"].size() : 0);
  for (std::size_t i = 0; i < got.words.size(); ++i) {
    SCOPED_TRACE("word " + std::to_string(i));
    const json& word = want["words"][i];
    EXPECT_EQ(got.words[i].word, word["word"].get<std::string>());
    EXPECT_NEAR(got.words[i].probability, word["probability"].get<double>(), 1e-4);
    if (!words_stable) continue;
    EXPECT_NEAR(got.words[i].start, word["start"].get<double>(), 1e-6);
    EXPECT_NEAR(got.words[i].end, word["end"].get<double>(), 1e-6);
  }
}

class WhisperTranscripts : public WhisperGolden {};

TEST_P(WhisperTranscripts, EveryOneIsTheReferences) {
  const json cases = test::read_json(golden("transcribe.json"));
  std::size_t checked = 0;
  for (const auto& [name, want] : cases.items()) {
    if (!want["margins_ok"].get<bool>()) continue;
    SCOPED_TRACE(name);
    decode::LongFormOptions options;
    json decoding = want["options"];
    std::string language = decoding.value("language", "");
    const auto take = [&](const char* key, auto& to) {
      if (!decoding.contains(key)) return;
      to = decoding[key].get<std::decay_t<decltype(to)>>();
      decoding.erase(key);
    };
    take("condition_on_previous_text", options.condition_on_previous_text);
    take("carry_initial_prompt", options.carry_initial_prompt);
    take("word_timestamps", options.word_timestamps);
    std::string prompt, clips;
    take("initial_prompt", prompt);
    if (!prompt.empty()) options.initial_prompt = prompt;
    take("clip_timestamps", clips);
    std::istringstream list(clips);
    for (std::string clip; std::getline(list, clip, ',');) {
      options.clip_timestamps.push_back(std::stod(clip));
    }
    double threshold = 0;
    take("hallucination_silence_threshold", threshold);
    if (threshold > 0) options.hallucination_silence_threshold = threshold;

    const std::vector<float> sound = samples(name.substr(0, name.find('/')));
    audio::MelSource mel(model_->config().mel_bins);
    const Status opened =
        mel.open(std::make_unique<audio::SampleStream>(name, sound, audio::kMelRate));
    ASSERT_TRUE(opened) << opened.error().message;
    models::WindowOptions window;
    window.decoding = decoding_options(decoding, language);
    window.fallback.temperatures = {0};
    decode::Aligner aligner(*session_, *tokenizer_);
    models::WhisperWindows windows(*session_, *decoder_, aligner, *tokenizer_, mel, window);
    const auto got = test::collect(windows, *tokenizer_, options);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->text, want["text"].get<std::string>());
    EXPECT_EQ(got->language, want["language"].get<std::string>());
    ASSERT_EQ(got->segments.size(), want["segments"].size());
    for (std::size_t i = 0; i < got->segments.size(); ++i) {
      SCOPED_TRACE("segment " + std::to_string(i));
      expect_segment(got->segments[i], want["segments"][i], want["dtw_paths_stable"].get<bool>());
    }
    ++checked;
  }
  EXPECT_GT(checked, 0U);
}

#define SOTTO_TEST_CASES(suite, work)                                                              \
  INSTANTIATE_TEST_SUITE_P(Cases, suite, testing::ValuesIn(instances(Work::work)), instance_name); \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(suite)
SOTTO_TEST_CASES(WhisperGolden, kLittle);
SOTTO_TEST_CASES(WhisperDecodings, kDecoding);
SOTTO_TEST_CASES(WhisperTranscripts, kTranscripts);

TEST(WhisperGoldenCases, AreThere) {
  if (std::getenv("SOTTO_GOLDEN_DIRS") == nullptr) SOTTO_NEEDS_SHARED("golden/whisper");
  EXPECT_FALSE(instances(Work::kLittle).empty());
}

}  // namespace
}  // namespace sotto
