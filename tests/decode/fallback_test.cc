#include "lib/decode/fallback.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/decode/fake_decoder.h"
#include "tests/decode/fake_vocabulary.h"
#include "tests/support/temp_folder.h"

namespace sotto::decode {
namespace {

using test::FakeDecoder;
using test::Tokens;

DecodingResult result(double compression_ratio, double avg_logprob, double no_speech_prob) {
  DecodingResult result;
  result.compression_ratio = compression_ratio;
  result.avg_logprob = avg_logprob;
  result.no_speech_prob = no_speech_prob;
  return result;
}

TEST(NeedsFallback, WhereItIsRepetitiveOrUnsure) {
  const FallbackOptions fallback;
  EXPECT_FALSE(needs_fallback(result(2.4, -1, 0), fallback));  // at the thresholds
  EXPECT_TRUE(needs_fallback(result(2.41, -1, 0), fallback));
  EXPECT_TRUE(needs_fallback(result(2.4, -1.01, 0), fallback));
}

TEST(NeedsFallback, NotWhereItIsUnsureAndSilent) {
  const FallbackOptions fallback;
  EXPECT_FALSE(needs_fallback(result(1, -1.01, 0.61), fallback));
  EXPECT_FALSE(needs_fallback(result(3, -1.01, 0.61), fallback));  // nor where it is repetitive too
  EXPECT_TRUE(needs_fallback(result(1, -1.01, 0.6), fallback));
  EXPECT_TRUE(needs_fallback(result(3, -1, 0.61), fallback));  // sure of it: no silence
}

TEST(NeedsFallback, WithoutAThresholdNeverForIt) {
  FallbackOptions fallback;
  fallback.compression_ratio_threshold.reset();
  EXPECT_FALSE(needs_fallback(result(99, 0, 0), fallback));
  EXPECT_TRUE(needs_fallback(result(99, -2, 0), fallback));
  fallback.no_speech_threshold.reset();
  EXPECT_TRUE(needs_fallback(result(1, -2, 1), fallback));
  fallback.logprob_threshold.reset();
  EXPECT_FALSE(needs_fallback(result(99, -99, 0), fallback));
  fallback = {};
  fallback.logprob_threshold.reset();
  EXPECT_TRUE(needs_fallback(result(99, -99, 1), fallback));  // silence is unsure by definition
}

// A model that is unsure of the first `unsure` windows it is prompted for.
class Fallback : public testing::Test {
 protected:
  Fallback() {
    options_.without_timestamps = true;
    options_.sample_len = 4;
    auto made = WhisperDecoder::create(model_, *tokenizer_);
    EXPECT_TRUE(made);
    decoder_ = *std::move(made);
  }
  Result<DecodingResult> decode() {
    model_.prompts.clear();
    return decode_with_fallback(*decoder_, options_, fallback_);
  }

  std::size_t unsure_ = 0;
  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ = test::english_tokenizer();
  FakeDecoder model_{tokenizer_->size(), 40, 5, [this](const Tokens& tokens, std::span<float> out) {
                       test::hashed_logits(3, 0.1F)(tokens, out);
                       if (model_.prompts.size() > unsure_) out[65] = 30;
                     }};
  std::unique_ptr<WhisperDecoder> decoder_;
  DecodingOptions options_;
  FallbackOptions fallback_;
};

TEST_F(Fallback, DecodesOnceWhatIsGood) {
  const auto result = decode();
  ASSERT_OK(result);
  EXPECT_EQ(result->text, "AAAA");
  EXPECT_EQ(result->temperature, 0);
  EXPECT_EQ(model_.prompts.size(), 1U);
}

TEST_F(Fallback, GoesOnUntilItIsGoodOrThereIsNoTemperatureLeft) {
  unsure_ = 3;
  auto result = decode();
  ASSERT_OK(result);
  EXPECT_EQ(result->text, "AAAA");
  EXPECT_EQ(result->temperature, 0.6);
  EXPECT_EQ(model_.prompts.size(), 4U);

  unsure_ = 99;
  result = decode();
  ASSERT_OK(result);
  EXPECT_EQ(result->temperature, 1);
  EXPECT_EQ(model_.prompts.size(), 6U);

  fallback_.temperatures = {0.3};
  result = decode();
  ASSERT_OK(result);
  EXPECT_EQ(result->temperature, 0.3);
  EXPECT_EQ(model_.prompts.size(), 1U);
}

TEST_F(Fallback, LeavesOutBestOfAtZeroAndBeamsAbove) {
  options_.beam_size = 4;
  options_.patience = 2;
  options_.best_of = 3;
  unsure_ = 1;
  std::vector<std::size_t> rows;
  class Rows final : public LogitFilter {
   public:
    void apply(std::span<const std::int32_t> sampled, std::span<float>) noexcept override {
      if (sampled.size() == 1) ++rows;
    }
    int rows = 0;
  } filter;
  options_.filter = &filter;
  const auto result = decode();
  ASSERT_OK(result);
  EXPECT_EQ(result->temperature, 0.2);
  EXPECT_EQ(filter.rows, 4 + 3);  // hypotheses of one token
}

TEST_F(Fallback, SamplesWithASeedOfItsOwnEachTime) {
  unsure_ = 99;
  fallback_.temperatures = {1, 1};
  const auto twice = decode();
  ASSERT_OK(twice);
  fallback_.temperatures = {1};
  const auto once = decode();
  ASSERT_OK(once);
  EXPECT_NE(twice->tokens, once->tokens);
  options_.temperature = 1;
  EXPECT_EQ(decoder_->decode(options_)->tokens, once->tokens);  // the first has the options'
  fallback_.temperatures = {1, 1};
  EXPECT_EQ(decode()->tokens, twice->tokens);
}

TEST_F(Fallback, EndsWhereItIsAborted) {
  class Now final : public Abort {
   public:
    bool requested() noexcept override { return true; }
  } now;
  options_.abort = &now;
  unsure_ = 99;
  fallback_.logprob_threshold = 1;  // nothing is sure enough
  const auto result = decode();
  ASSERT_OK(result);
  EXPECT_TRUE(result->aborted);
  EXPECT_EQ(model_.prompts.size(), 1U);
}

TEST_F(Fallback, RefusesOptionsBeforeItDecodes) {
  fallback_.temperatures = {0, 0.5, -1};
  EXPECT_ERROR(decode(), ErrorCode::kInvalidArgument, "temperature is -1");
  EXPECT_TRUE(model_.prompts.empty());
  fallback_.temperatures = {0, 0.5};
  options_.best_of = 6;  // at 0.5 alone
  EXPECT_ERROR(decode(), ErrorCode::kInvalidArgument, "best_of is 6");
  EXPECT_TRUE(model_.prompts.empty());
  options_.best_of = 0;
  fallback_.temperatures = {};
  EXPECT_ERROR(decode(), ErrorCode::kInvalidArgument, "temperatures are none");
}

}  // namespace
}  // namespace sotto::decode
