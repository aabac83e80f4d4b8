// Whisper through the public API, on models of random weights: what the options do, not what is
// heard (tests/golden has that).
#include <gtest/gtest.h>
#include <sotto/sotto.hpp>

#include <cmath>
#include <stdexcept>

#include "tests/support/random_moonshine.h"
#include "tests/support/random_whisper.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto {
namespace {

// Written once, for all tests of the process.
const Model& model() {
  static const Result<Model> loaded = [] {
    const std::vector<std::string> tokens = test::small_whisper_vocabulary();
    test::WhisperDims dims = test::kWhisperMini;
    dims.frames = 1500;
    dims.tokens = 448;
    dims.vocabulary = static_cast<std::uint32_t>(tokens.size());
    format::GgufWriter file = test::random_whisper(dims);
    file.add_string_array("tokenizer.ggml.tokens", tokens);
    const test::TempFolder folder;
    if (!file.write(folder / "random.gguf")) throw std::runtime_error("write");
    return Model::load(folder / "random.gguf");
  }();
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return *loaded;
}

Session session(unsigned threads = 1, std::size_t hypotheses = 1, bool words = false) {
  SessionOptions options;
  options.threads = threads;
  options.max_hypotheses = hypotheses;
  options.word_timestamps = words;
  Result<Session> made = Session::create(model(), options);
  if (!made) throw std::runtime_error(made.error().message);
  return *std::move(made);
}

const std::vector<float>& sound() {
  static const std::vector<float> samples = test::test_sound(40 * 16000);
  return samples;
}

// Everything of a transcript that must not depend on threads.
std::string fingerprint(const Transcript& transcript) {
  std::string text = transcript.text;
  char number[64];
  for (const Segment& s : transcript.segments) {
    std::snprintf(number, sizeof number, "|%a %a %a %a:", s.start_seconds, s.end_seconds,
                  s.avg_logprob, s.no_speech_prob);
    text += number;
    text += s.text;
    for (const std::int32_t token : s.tokens) text.append(" ").append(std::to_string(token));
    for (const float p : s.token_probabilities) {
      std::snprintf(number, sizeof number, " %a", double{p});
      text += number;
    }
    for (const Word& w : s.words) {
      std::snprintf(number, sizeof number, " %a-%a %a ", w.start_seconds, w.end_seconds,
                    w.probability);
      text += number;
      text += w.text;
    }
  }
  return text;
}

// 40 s are two windows or more; what words take counts in decode_seconds alone.
TEST(WhisperApi, TimingsTellTheStagesApart) {
  Session one = session(1, 1, true);
  TranscribeOptions options;
  options.temperature = {0.0};
  options.word_timestamps = true;
  const Result<Transcript> transcript = one.transcribe(sound(), 16000, options);
  ASSERT_OK(transcript);
  const Timings& t = transcript->timings;
  for (const StageTiming& stage : {t.encode, t.cross_kv, t.prompt, t.decode}) {
    EXPECT_GT(stage.seconds, 0);
    EXPECT_GT(stage.operations, 0);
    EXPECT_GT(stage.bytes, 0);
  }
  EXPECT_GT(t.frontend_seconds, 0);
  EXPECT_NEAR(t.frontend_seconds + t.encode.seconds + t.cross_kv.seconds,
              transcript->encode_seconds, 1e-9);
  EXPECT_LT(t.prompt.seconds + t.decode.seconds, transcript->decode_seconds);
  EXPECT_GE(t.prompt.tokens, 2U);
  EXPECT_GT(t.decode.tokens, 0U);
  EXPECT_GT(t.first_token_seconds, 0);
  EXPECT_LT(t.first_token_seconds, transcript->total_seconds);
  // Two linear layers of 32 x 64, for the keys and values of each window's 1500 frames.
  const double window = 2.0 * 2 * 1500 * 32 * 64;
  EXPECT_GE(t.cross_kv.operations, 2 * window);
  EXPECT_EQ(std::fmod(t.cross_kv.operations, window), 0);
}

TEST(WhisperApi, ModelSaysWhatItIs) {
  EXPECT_EQ(model().info().architecture, "whisper");
  EXPECT_EQ(model().info().alignment_heads, test::kWhisperMini.heads);
  EXPECT_TRUE(model().info().languages.empty());  // of so few tokens English alone
}

TEST(WhisperApi, BeamsAndSeededSamplesAreTheSameForAnyNumberOfThreads) {
  TranscribeOptions beams;
  beams.temperature = {0};
  beams.beam_size = 5;
  beams.word_timestamps = true;
  beams.sample_len = 40;
  TranscribeOptions samples;
  samples.temperature = {0.8};
  samples.best_of = 3;
  samples.seed = 7;
  samples.sample_len = 40;
  for (const TranscribeOptions* options : {&beams, &samples}) {
    std::string first;
    for (const unsigned threads : {1U, 2U, 3U, 4U}) {
      Session s = session(threads, 5, true);
      const auto got = s.transcribe(sound(), 16000, *options);
      ASSERT_OK(got);
      if (threads == 1) first = fingerprint(*got);
      EXPECT_EQ(fingerprint(*got), first) << threads << " threads";
    }
    EXPECT_GT(first.size(), 100U);
  }
  TranscribeOptions other = samples;
  other.seed = 8;
  Session s = session(1, 5);
  const auto a = s.transcribe(sound(), 16000, samples), b = s.transcribe(sound(), 16000, other);
  ASSERT_OK(a);
  ASSERT_OK(b);
  EXPECT_NE(fingerprint(*a), fingerprint(*b));
}

TEST(WhisperApi, OptionsThatCannotBeHonouredAreErrors) {
  Session s = session();
  const auto refuse = [&](const char* part, auto change) {
    TranscribeOptions options;
    change(options);
    EXPECT_ERROR(s.transcribe(sound(), 16000, options), ErrorCode::kInvalidArgument, part);
  };
  using O = TranscribeOptions;
  refuse("task is translate", [](O& o) { o.task = Task::kTranslate; });
  refuse("language is \"de\"", [](O& o) { o.language = "de"; });
  refuse("languages names \"de\"", [](O& o) { o.languages = {"de"}; });
  refuse("beam_size is 5, expected 1 to 1", [](O& o) { o.beam_size = 5; });
  refuse("best_of is 2", [](O& o) { o.best_of = 2; });
  refuse("temperature is -1", [](O& o) { o.temperature = {-1}; });
  refuse("temperatures are none", [](O& o) { o.temperature = {}; });
  refuse("word_timestamps", [](O& o) { o.word_timestamps = true; });
  refuse("hallucination_silence_threshold", [](O& o) { o.hallucination_silence_threshold = 2.0; });
  refuse("suppress_tokens", [](O& o) { o.suppress_tokens = "1,x"; });
  refuse("length_penalty is 2", [](O& o) { o.length_penalty = 2; });
  refuse("clip_timestamps[0] is -1", [](O& o) { o.clip_timestamps = {-1}; });
  refuse("max_initial_timestamp is 31", [](O& o) { o.max_initial_timestamp = 31; });
}

TEST(WhisperApi, MoonshineRefusesWhispersOptions) {
  const auto digits =
      Model::load(std::filesystem::path(SOTTO_SOURCE_DIR) / "tools" / "demo" / "digits.gguf");
  ASSERT_OK(digits);
  auto s = Session::create(*digits);
  ASSERT_OK(s);
  TranscribeOptions options;
  options.beam_size = 2;
  EXPECT_ERROR(s->transcribe(sound(), 16000, options), ErrorCode::kInvalidArgument,
               "beam_size is set, which Moonshine does not have");
  options = {};
  options.prepend_punctuations = "(";
  EXPECT_ERROR(s->transcribe(sound(), 16000, options), ErrorCode::kInvalidArgument,
               "prepend_punctuations");
}

TEST(WhisperApi, NoSamplesAreNoWords) {
  Session s = session();
  for (const bool without_timestamps : {false, true}) {
    TranscribeOptions options;
    options.without_timestamps = without_timestamps;
    const auto got = s.transcribe({}, 16000, options);
    ASSERT_OK(got);
    EXPECT_EQ(got->text, "");
    EXPECT_EQ(got->audio_seconds, 0.0);
  }
}

TEST(WhisperApi, RefusesSamplesThatAreNoNumbers) {
  Session s = session();
  std::vector<float> bad(1000);
  bad[700] = NAN;
  EXPECT_ERROR(s.transcribe(bad, 16000), ErrorCode::kInvalidArgument, "700");
  EXPECT_ERROR(s.transcribe(bad, 0), ErrorCode::kInvalidArgument, "0");
}

TEST(WhisperApi, HooksSeeSegmentsAndMonotoneProgress) {
  Session s = session();
  TranscribeOptions options;
  options.temperature = {0};
  options.sample_len = 30;
  std::vector<std::string> seen;
  std::vector<double> progress;
  TranscribeHooks hooks;
  hooks.segment = [&](const Segment& segment) { seen.push_back(segment.text); };
  hooks.progress = [&](double share) { progress.push_back(share); };
  const auto got = s.transcribe(sound(), 16000, options, hooks);
  ASSERT_OK(got);
  std::vector<std::string> texts;
  for (const Segment& segment : got->segments) texts.push_back(segment.text);
  EXPECT_EQ(seen, texts);
  ASSERT_FALSE(progress.empty());
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 1.0);
}

TEST(WhisperApi, AbortEndsTheTranscriptionAndTheSessionGoesOn) {
  Session s = session();
  TranscribeOptions options;
  options.temperature = {0};
  options.sample_len = 30;
  const auto whole = s.transcribe(sound(), 16000, options);
  ASSERT_OK(whole);
  for (const int after : {0, 1, 5, 40}) {
    int asked = 0;
    TranscribeHooks hooks;
    hooks.abort = [&] { return asked++ >= after; };
    EXPECT_ERROR(s.transcribe(sound(), 16000, options, hooks), ErrorCode::kAborted, "aborted");
  }
  TranscribeHooks throwing;
  throwing.abort = []() -> bool { throw std::runtime_error("the caller's own"); };
  EXPECT_ERROR(s.transcribe(sound(), 16000, options, throwing), ErrorCode::kInternal,
               "the caller's own");
  const auto again = s.transcribe(sound(), 16000, options);
  ASSERT_OK(again);
  EXPECT_EQ(fingerprint(*again), fingerprint(*whole));
}

TEST(WhisperApi, AFileIsHeardAsItsSamplesAre) {
  const std::filesystem::path file = std::filesystem::path(SOTTO_SOURCE_DIR) / "tools" / "demo" /
                                     "samples" / "phone_flite_slt.wav";
  const auto read = read_sound(file);
  ASSERT_OK(read);
  Session s = session();
  TranscribeOptions options;
  options.temperature = {0};
  options.sample_len = 30;
  const auto a = s.transcribe_file(file, options);
  const auto b = s.transcribe(read->samples, read->sample_rate, options);
  ASSERT_OK(a);
  ASSERT_OK(b);
  EXPECT_EQ(fingerprint(*a), fingerprint(*b));
  EXPECT_ERROR(s.transcribe_file("no such file.wav", options), ErrorCode::kIo, "no such file.wav");
}

TEST(WhisperApi, NormalizesAndCountsWords) {
  const auto a = normalize("Mr. Smith won't colour twenty-one!", Normalizer::kEnglish);
  ASSERT_OK(a);
  EXPECT_EQ(*a, "mister smith will not color 21");
  const auto basic = normalize("Twenty-One!", Normalizer::kBasic);
  ASSERT_OK(basic);
  EXPECT_EQ(*basic, "twenty one ");
  const auto errors = count_word_errors("the cat sat on the mat", "the cat sit on mat today");
  ASSERT_OK(errors);
  EXPECT_EQ(errors->words, 6U);
  EXPECT_EQ(errors->errors(), 3U);
}

}  // namespace
}  // namespace sotto
