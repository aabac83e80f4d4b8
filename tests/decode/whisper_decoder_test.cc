#include "lib/decode/whisper_decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lib/decode/compression.h"
#include "tests/decode/fake_decoder.h"
#include "tests/decode/fake_vocabulary.h"
#include "tests/support/temp_folder.h"

namespace sotto::decode {
namespace {

using test::FakeDecoder;
using test::LogitsOf;
using test::Tokens;

constexpr std::size_t kContext = 448;
constexpr std::int32_t kEnd = 50257, kSot = 50258, kEnglish = 50259, kGerman = 50261;
constexpr std::int32_t kTranslate = 50358, kTranscribe = 50359, kSotPrev = 50361;
constexpr std::int32_t kNoSpeech = 50362, kNoTimestamps = 50363, kT0 = 50364;
const Tokens kSotSequence = {kSot, kEnglish, kTranscribe};
const Tokens kHello = {kT0, '\n', 'H', 'i', '\t', kT0 + 50};  // "<|0.00|>\nHi\t<|1.00|>"

Tokens range(std::int32_t from, std::int32_t count) {
  Tokens all;
  for (std::int32_t i = 0; i < count; ++i) all.push_back(from + i);
  return all;
}

Tokens join(Tokens a, const Tokens& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class WhisperDecoding : public testing::Test {
 protected:
  WhisperDecoding() { options_.language = "en"; }

  // Decodes with a model that says `script` after however many initial tokens.
  Result<DecodingResult> say(const Tokens& script) {
    FakeDecoder model(test::kMultilingual, kContext, 5,
                      [&](const Tokens& tokens, std::span<float> logits) {
                        const std::size_t begin = model.prompts.back().size();
                        test::scripted_logits(begin, script, kEnd)(tokens, logits);
                      });
    const auto decoder = WhisperDecoder::create(model, *tokenizer_);
    if (!decoder) return decoder.error();
    Result<DecodingResult> result = (*decoder)->decode(options_);
    if (!model.prompts.empty()) {
      initial_ = model.prompts.back();
      probe_ = model.probes.back();
    }
    return result;
  }
  // The initial tokens that the options make.
  Tokens initial() {
    initial_.clear();
    const auto result = say({});
    EXPECT_TRUE(result) << result.error().message;
    return initial_;
  }

  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ = test::multilingual_tokenizer();
  DecodingOptions options_;
  Tokens initial_;
  std::size_t probe_ = 0;
};

TEST_F(WhisperDecoding, GivesTextTokensAndNumbers) {
  const auto result = say(kHello);
  ASSERT_OK(result);
  EXPECT_EQ(result->language, "en");
  EXPECT_EQ(result->tokens, kHello);
  EXPECT_EQ(result->text, "Hi");
  EXPECT_EQ(result->temperature, 0);
  EXPECT_FALSE(result->truncated);
  EXPECT_FALSE(result->aborted);
  EXPECT_DOUBLE_EQ(result->compression_ratio, 2.0 / 10);
  ASSERT_EQ(result->token_log_probabilities.size(), kHello.size());
  // Any of the probe's tokens is as likely as another, but for one: exp(20) to 1.
  EXPECT_NEAR(result->no_speech_prob, 1 / (std::exp(20.0) + test::kMultilingual - 1), 1e-14);
  // All but the end of text's log-probability are there: it makes the difference to the mean.
  double sum = 0;
  for (const float x : result->token_log_probabilities) sum += static_cast<double>(x);
  const double end = result->avg_logprob * static_cast<double>(kHello.size() + 1) - sum;
  EXPECT_LT(end, 0);
  EXPECT_NEAR(end, 0, 1e-3);
}

TEST_F(WhisperDecoding, TakesTheProbabilityOfNoSpeechWhereTheTranscriptStarts) {
  const LogitsOf of = [](const Tokens& tokens, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), -100.0F);
    logits[kEnd] = logits[kT0] = 0;
    logits[kNoSpeech] = tokens.back() == kSot ? std::log(6.0F) : 5.0F;
  };
  FakeDecoder model(test::kMultilingual, kContext, 1, of);
  const auto decoder = WhisperDecoder::create(model, *tokenizer_);
  ASSERT_OK(decoder);
  options_.prompt = {65, 66};
  const auto result = (*decoder)->decode(options_);
  ASSERT_OK(result);
  EXPECT_NEAR(result->no_speech_prob, 6.0 / 8, 1e-6);
}

TEST_F(WhisperDecoding, BeginsWithLanguageAndTask) {
  EXPECT_EQ(initial(), kSotSequence);
  EXPECT_EQ(probe_, 0U);
  options_.language = "German";
  options_.task = Task::kTranslate;
  options_.without_timestamps = true;
  EXPECT_EQ(initial(), (Tokens{kSot, kGerman, kTranslate, kNoTimestamps}));
  EXPECT_EQ(say({})->language, "de");
}

TEST_F(WhisperDecoding, PutsTheLastOfThePromptBeforeThem) {
  options_.prompt = {65, 66};
  EXPECT_EQ(initial(), join({kSotPrev, 65, 66}, kSotSequence));
  EXPECT_EQ(probe_, 3U);
  options_.prompt = range(100, 223);
  EXPECT_EQ(initial(), join(join({kSotPrev}, range(100, 223)), kSotSequence));
  options_.prompt = range(100, 300);
  EXPECT_EQ(initial(), join(join({kSotPrev}, range(177, 223)), kSotSequence));
  // The reference looks for the first start of a transcript, whosever it is.
  options_.prompt = {65, kSot, 66};
  EXPECT_EQ(initial(), join({kSotPrev, 65, kSot, 66}, kSotSequence));
  EXPECT_EQ(probe_, 2U);
}

TEST_F(WhisperDecoding, PutsOfThePrefixWhatSampleLenLeavesAfterThem) {
  options_.prefix = range(100, 150);
  options_.sample_len = 100;  // 448 / 2 - 100 = 124
  EXPECT_EQ(initial(), join(kSotSequence, range(126, 124)));
  options_.sample_len = 223;
  EXPECT_EQ(initial(), join(kSotSequence, range(249, 1)));
  // Python's tokens[-0:] is all of them, tokens[6:] all but the first six.
  for (const std::size_t all : {224, 0}) {
    options_.sample_len = all;
    EXPECT_EQ(initial(), join(kSotSequence, range(100, 150)));
  }
  options_.sample_len.reset();
  EXPECT_EQ(initial(), join(kSotSequence, range(100, 150)));
  options_.sample_len = 230;
  EXPECT_EQ(initial(), join(kSotSequence, range(106, 144)));
  for (const std::size_t none : {std::size_t{400}, std::numeric_limits<std::size_t>::max()}) {
    options_.sample_len = none;
    EXPECT_EQ(initial(), kSotSequence);
  }
}

TEST_F(WhisperDecoding, CountsNoPrefixAsSampled) {
  options_.prefix = {65, 66};
  const auto result = say(kHello);  // begins with a timestamp all the same
  ASSERT_OK(result);
  EXPECT_EQ(result->tokens, kHello);
  EXPECT_EQ(result->text, "Hi");
}

TEST_F(WhisperDecoding, SamplesHalfTheContextByDefault) {
  options_.without_timestamps = true;
  const Tokens endless(kContext, 65);
  for (const std::optional<std::size_t> none :
       {std::optional<std::size_t>(), std::optional<std::size_t>(0)}) {
    options_.sample_len = none;
    const auto result = say(endless);
    ASSERT_OK(result);
    EXPECT_EQ(result->tokens, Tokens(224, 65));
    EXPECT_TRUE(result->truncated);
  }
  options_.sample_len = 5;
  EXPECT_EQ(say(endless)->tokens, Tokens(5, 65));
  options_.sample_len = 10000;  // up to what the context holds, and the token after that
  EXPECT_EQ(say(endless)->tokens.size(), kContext + 1 - 4);
  EXPECT_TRUE(say(endless)->truncated);
  options_.sample_len = 6;
  EXPECT_FALSE(say({65, 65, 65, 65, 65})->truncated);
}

TEST_F(WhisperDecoding, SearchesWithBeamsAtAnyTemperature) {
  options_.beam_size = 5;
  for (const double temperature : {0.0, 0.5}) {
    options_.temperature = temperature;
    const auto result = say(kHello);
    ASSERT_OK(result);
    EXPECT_EQ(result->tokens, kHello);
    EXPECT_EQ(result->temperature, temperature);
  }
}

TEST_F(WhisperDecoding, HandsTheOptionsToTheSearch) {
  // 65, 66 and the end of text, and nothing else.
  float end = -0.5F;
  const LogitsOf of = [&end](const Tokens& tokens, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), -std::numeric_limits<float>::infinity());
    logits[65] = 0;
    logits[66] = 0.01F * static_cast<float>(tokens.size());
    logits[kEnd] = end;
  };
  FakeDecoder model(test::kMultilingual, kContext, 5, of);
  const auto decoder = WhisperDecoder::create(model, *tokenizer_);
  ASSERT_OK(decoder);
  options_.without_timestamps = true;
  options_.sample_len = 8;
  const auto decode = [&] {
    model.steps = 0;
    return (*decoder)->decode(options_)->tokens;
  };
  EXPECT_EQ(decode(), Tokens(8, 66));

  options_.temperature = 1;
  options_.best_of = 5;
  options_.seed = 1;
  const Tokens one = decode();
  EXPECT_EQ(decode(), one);
  options_.seed = 2;
  EXPECT_NE(decode(), one);
  options_.best_of = 0;
  EXPECT_NE(decode(), Tokens(8, 66));

  // Two beams at first, two ends and four beams, four ends and five beams.
  end = 0.5F;
  options_.temperature = 0;
  options_.beam_size = 5;
  const auto steps = [&](double patience) {
    options_.patience = patience;
    decode();
    return model.steps;
  };
  EXPECT_EQ(steps(0.5), 1U);   // 2.5 hypotheses are 2 to Python
  EXPECT_EQ(steps(0.52), 2U);  // 2.6 are 3
  EXPECT_EQ(steps(1), 2U);
  EXPECT_EQ(steps(1.3), 2U);   // 6.5 are 6
  EXPECT_EQ(steps(1.32), 3U);  // 6.6 are 7
  EXPECT_EQ(steps(0), 2U);     // as 1, for Python's `patience or 1.0`
  EXPECT_EQ(steps(1e300), 7U);
  // Whatever follows lowers a sum: without a penalty the shortest hypothesis is the best.
  EXPECT_GT(decode().size(), 1U);
  options_.length_penalty = 0;
  EXPECT_EQ(decode(), Tokens{66});
}

TEST_F(WhisperDecoding, GivesWhatThereIsWhenItIsAborted) {
  class Third final : public Abort {
   public:
    bool requested() noexcept override { return ++asked_ == 3; }

   private:
    int asked_ = 0;
  } third;
  options_.abort = &third;
  const auto result = say(kHello);
  ASSERT_OK(result);
  EXPECT_TRUE(result->aborted);
  EXPECT_FALSE(result->truncated);
  EXPECT_EQ(result->tokens, (Tokens{kT0, '\n'}));
}

TEST_F(WhisperDecoding, AppliesTheCallersFilter) {
  class NoH final : public LogitFilter {
   public:
    void apply(std::span<const std::int32_t>, std::span<float> logits) noexcept override {
      logits['H'] = -std::numeric_limits<float>::infinity();
      logits['J'] = 1;
    }
  } no_h;
  options_.filter = &no_h;
  EXPECT_EQ(say(kHello)->text, "Ji");
}

TEST_F(WhisperDecoding, OfABrokenModelIsEmpty) {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    FakeDecoder model(test::kMultilingual, kContext, 5,
                      [broken](const Tokens&, std::span<float> logits) {
                        std::fill(logits.begin(), logits.end(), broken);
                      });
    const auto decoder = WhisperDecoder::create(model, *tokenizer_);
    ASSERT_OK(decoder);
    for (const std::size_t beams : {0, 5}) {
      options_.beam_size = beams;
      const auto result = (*decoder)->decode(options_);
      ASSERT_OK(result);
      EXPECT_EQ(result->tokens, Tokens());
      EXPECT_EQ(result->no_speech_prob, 0);
      EXPECT_EQ(result->avg_logprob, 0);
      EXPECT_TRUE(result->truncated);
    }
  }
}

TEST_F(WhisperDecoding, RefusesATokenizerOfAnotherSize) {
  FakeDecoder model(test::kMultilingual + 1, kContext, 1, test::hashed_logits(1));
  EXPECT_ERROR(WhisperDecoder::create(model, *tokenizer_), ErrorCode::kCorruptFile,
               "the model has 51866 tokens, its tokenizer 51865");
}

TEST_F(WhisperDecoding, RefusesOptionsByName) {
  const double inf = std::numeric_limits<double>::infinity();
  using Change = std::function<void(DecodingOptions&)>;
  const std::vector<std::pair<std::string, Change>> changes = {
      {"temperature is -", [](auto& o) { o.temperature = -0.1; }},
      {"temperature is nan", [](auto& o) { o.temperature = std::nan(""); }},
      {"temperature is inf", [&](auto& o) { o.temperature = inf; }},
      {"temperature is 0.0001", [](auto& o) { o.temperature = 0.0001; }},
      {"best_of is 2, expected none", [](auto& o) { o.best_of = 2; }},
      {"best_of is 6, expected 1 to 5", [](auto& o) { o.temperature = 1, o.best_of = 6; }},
      {"beam_size is 6, expected 1 to 5", [](auto& o) { o.beam_size = 6; }},
      {"beam_size is 2 and best_of 3",
       [](auto& o) { o.temperature = 1, o.beam_size = 2, o.best_of = 3; }},
      {"patience is 2", [](auto& o) { o.patience = 2; }},
      {"patience is 0.1", [](auto& o) { o.beam_size = 5, o.patience = 0.1; }},  // round(0.5) is 0
      {"patience is -1", [](auto& o) { o.beam_size = 5, o.patience = -1; }},
      {"patience is nan", [](auto& o) { o.beam_size = 5, o.patience = std::nan(""); }},
      {"patience is inf", [&](auto& o) { o.beam_size = 5, o.patience = inf; }},
      {"length_penalty is 1.1", [](auto& o) { o.length_penalty = 1.1; }},
      {"length_penalty is -", [](auto& o) { o.length_penalty = -0.1; }},
      {"length_penalty is nan", [](auto& o) { o.length_penalty = std::nan(""); }},
      {"language is \"\"", [](auto& o) { o.language = ""; }},
      {"language is \"tlh\"", [](auto& o) { o.language = "tlh"; }},
      {"suppress_tokens holds \"x\"", [](auto& o) { o.suppress_tokens = "x"; }},
      {"max_initial_timestamp is -1", [](auto& o) { o.max_initial_timestamp = -1; }},
      {"the token -1",
       [](auto& o) {
         o.prompt = {65, -1};
       }},
      {"the token 51865", [](auto& o) { o.prefix = {51865}; }},
      {"make 449 tokens", [](auto& o) { o.prefix = Tokens(446, 65); }},
  };
  for (const auto& [message, change] : changes) {
    options_ = {};
    options_.language = "en";
    change(options_);
    FakeDecoder model(test::kMultilingual, kContext, 5, test::hashed_logits(1));
    const auto decoder = WhisperDecoder::create(model, *tokenizer_);
    ASSERT_OK(decoder);
    EXPECT_ERROR((*decoder)->check(options_), ErrorCode::kInvalidArgument, message);
    EXPECT_ERROR((*decoder)->decode(options_), ErrorCode::kInvalidArgument, message);
    EXPECT_TRUE(model.prompts.empty());
  }
}

TEST_F(WhisperDecoding, TakesWhatTheReferenceTakes) {
  using Change = std::function<void(DecodingOptions&)>;
  for (const Change& change : std::vector<Change>{
           [](auto& o) { o.temperature = 1, o.best_of = 5; },
           [](auto& o) { o.temperature = 0.001; },
           [](auto& o) { o.beam_size = 5, o.patience = 0.3; },
           [](auto& o) { o.beam_size = 1, o.length_penalty = 0; },
           [](auto& o) { o.length_penalty = 1; },
           [](auto& o) { o.max_initial_timestamp = 0; },
           [](auto& o) { o.suppress_tokens = "", o.suppress_blank = false; },
           [](auto& o) { o.prefix = Tokens(445, 65); },
           // A prompt's tokens that are not used are not looked at.
           [](auto& o) { o.prompt = join({-5}, Tokens(223, 65)); },
       }) {
    options_ = {};
    options_.language = "en";
    change(options_);
    FakeDecoder model(test::kMultilingual, kContext, 5, test::scripted_logits(3, {}, kEnd));
    const auto decoder = WhisperDecoder::create(model, *tokenizer_);
    ASSERT_OK(decoder);
    const Status checked = (*decoder)->check(options_);
    ASSERT_OK(checked);
    const auto decoded = (*decoder)->decode(options_);
    ASSERT_OK(decoded);
  }
}

TEST(EnglishDecoding, KnowsNoLanguageAndNoTask) {
  const auto tokenizer = test::english_tokenizer();
  FakeDecoder model(tokenizer->size(), 40, 1, test::hashed_logits(2));
  const auto decoder = WhisperDecoder::create(model, *tokenizer);
  ASSERT_OK(decoder);
  DecodingOptions options;
  options.task = Task::kTranslate;
  options.sample_len = 1;
  for (const std::string language : {"", "en", "English"}) {
    options.language = language;
    const auto result = (*decoder)->decode(options);
    ASSERT_OK(result);
    EXPECT_EQ(result->language, "en");
    EXPECT_EQ(model.prompts.back(), Tokens{tokenizer->ids().start_of_transcript});
  }
  options.language = "de";
  EXPECT_ERROR((*decoder)->decode(options), ErrorCode::kInvalidArgument, "expected English");
}

TEST(CompressionRatio, IsThatOfZlibAtItsDefaultLevel) {
  Compression compression;
  EXPECT_EQ(compression.ratio(""), 0);
  EXPECT_DOUBLE_EQ(compression.ratio("a"), 1.0 / 9);
  std::string ha;
  for (int i = 0; i < 500; ++i) ha += "ha";
  EXPECT_DOUBLE_EQ(compression.ratio(ha), 1000.0 / 18);
  EXPECT_DOUBLE_EQ(compression.ratio("a"), 1.0 / 9);  // forgets the text before

  // Longer than the pieces that come out: as in one.
  std::string noise(30000, ' ');
  std::mt19937 rng{3};
  for (char& c : noise) c = static_cast<char>(rng() % 50);
  std::vector<Bytef> out(compressBound(noise.size()));
  uLongf size = out.size();
  ASSERT_EQ(compress(out.data(), &size, reinterpret_cast<const Bytef*>(noise.data()), noise.size()),
            Z_OK);
  EXPECT_DOUBLE_EQ(compression.ratio(noise), 30000.0 / static_cast<double>(size));
}

}  // namespace
}  // namespace sotto::decode
