#include "lib/decode/alignment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/decode/dtw.h"
#include "tests/support/golden.h"
#include "tests/support/npy.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::decode {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

// Attention and logits by the formulas of make_alignment_cases.py.
class FakeModel final : public AlignmentModel {
 public:
  FakeModel(std::size_t vocabulary, std::vector<std::size_t> heads, std::int64_t sharpness)
      : vocabulary_(vocabulary), heads_(std::move(heads)), sharpness_(sharpness) {}

  std::size_t alignment_heads() const noexcept override { return heads_.size(); }
  std::size_t context() const noexcept override { return 448; }
  void force(std::span<const std::int32_t> tokens) noexcept override {
    forced.assign(tokens.begin(), tokens.end());
  }
  std::span<const float> forced_logits(std::size_t position) noexcept override {
    buffer_.resize(vocabulary_);
    for (std::size_t i = 0; i < vocabulary_; ++i) {
      const std::size_t noise = (position * 104729 + i * 7907 + i * i % 1009) % 4001;
      buffer_[i] = (static_cast<float>(noise) - 2000) / 128;
    }
    return buffer_;
  }
  std::span<const float> scores(std::size_t head, std::size_t frames) noexcept override {
    buffer_.clear();
    const auto width = static_cast<std::int64_t>(frames);
    const auto tokens = static_cast<std::int64_t>(forced.size());
    for (std::int64_t token = 0; token < tokens; ++token) {
      for (std::int64_t t = 0; t < width; ++t) {
        const std::int64_t noise = (static_cast<std::int64_t>(heads_[head]) * 7919 + token * 1237 +
                                    t * (token + 3) * 31 + t * t % 97 * 13) %
                                   2003;
        const bool near = std::abs(t * tokens - token * width) < 2 * width;
        buffer_.push_back(static_cast<float>((noise - 1001 + (near ? 1536 : 0)) * sharpness_) /
                          256);
      }
    }
    return buffer_;
  }

  Ids forced;

 private:
  std::size_t vocabulary_;
  std::vector<std::size_t> heads_;
  std::int64_t sharpness_;
  std::vector<float> buffer_;
};

// As openai/whisper's find_alignment() answers (make_alignment_cases.py).
TEST(Aligner, FindsTheReferencesWordsAndTimes) {
  SOTTO_NEEDS_SHARED(test::kWhisperVocabularies);
  const auto english = test::whisper_tokenizer(test::whisper_vocabulary(51864));
  const auto multilingual = test::whisper_tokenizer(test::whisper_vocabulary(51865));
  const Json cases =
      read_json(std::filesystem::path(SOTTO_SOURCE_DIR) / "tests/decode/alignment_cases.json");
  ASSERT_GT(cases.size(), 10U);
  for (const Json& golden : cases) {
    SCOPED_TRACE("frames " + golden["frames"].dump() + " tokens " + golden["tokens"].dump());
    const text::WhisperTokenizer& tokenizer = golden["multilingual"] ? *multilingual : *english;
    FakeModel model(tokenizer.size(), golden["heads"], golden["sharpness"]);
    Aligner aligner(model, tokenizer);
    const auto found = aligner.find_alignment(
        golden["tokens"].get<Ids>(), golden["frames"],
        golden["language"].is_null() ? "" : golden["language"].get<std::string>(),
        Task::kTranscribe);
    ASSERT_OK(found);
    const std::span<const float> costs = aligner.costs();
    ASSERT_EQ((costs.size() + 96) / 97, golden["costs"].size());
    for (std::size_t i = 0; i < golden["costs"].size(); ++i) {
      const float cost = costs[i * 97];
      if (golden["costs"][i].is_null()) {
        EXPECT_TRUE(std::isnan(cost)) << i;
      } else {
        // Deviations of 21 values are below sqrt(20) of their own kind; each is the result of about
        // ten roundings to f32: 4.5 * 10 * 2^-23 < 1e-5.
        EXPECT_NEAR(cost, golden["costs"][i].get<double>(), 1e-5) << i;
      }
    }
    ASSERT_EQ(found->size(), golden["words"].size());
    for (std::size_t i = 0; i < found->size(); ++i) {
      const WordTiming& word = (*found)[i];
      const Json& expected = golden["words"][i];
      EXPECT_EQ(word.word, expected[0]);
      EXPECT_EQ(word.tokens, expected[1].get<Ids>());
      EXPECT_EQ(word.start, expected[2]) << word.word;
      EXPECT_EQ(word.end, expected[3]) << word.word;
      // Two softmaxes in f32: sums of 50257 terms, exp() to some units in the last place.
      const double probability = expected[4];
      EXPECT_NEAR(word.probability, probability, 1e-5 * probability) << word.word;
    }
  }
}

class SmallAligner : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(tokenizer_, nullptr); }
  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ =
      test::whisper_tokenizer(test::small_whisper_vocabulary());
};

TEST_F(SmallAligner, ForcesTheTextBetweenStartAndEnd) {
  FakeModel model(tokenizer_->size(), {0}, 1);
  Aligner aligner(model, *tokenizer_);
  const Ids text = {'a', ' ', 'b'};
  const auto found = aligner.find_alignment(text, 100, "en", Task::kTranscribe);
  ASSERT_OK(found);
  const text::WhisperIds& ids = tokenizer_->ids();
  EXPECT_EQ(model.forced,
            (Ids{ids.start_of_transcript, ids.no_timestamps, 'a', ' ', 'b', ids.end_of_text}));
  EXPECT_EQ(aligner.costs().size(), 4U * 50);
}

TEST_F(SmallAligner, AsksNothingOfTheModelForNoText) {
  FakeModel model(tokenizer_->size(), {0}, 1);
  Aligner aligner(model, *tokenizer_);
  const auto found = aligner.find_alignment({}, 100, "en", Task::kTranscribe);
  ASSERT_OK(found);
  EXPECT_TRUE(found->empty());
  EXPECT_TRUE(model.forced.empty());
}

TEST_F(SmallAligner, NeedsHeadsAndRoom) {
  FakeModel headless(tokenizer_->size(), {}, 1);
  EXPECT_ERROR(Aligner(headless, *tokenizer_).find_alignment(Ids{'a'}, 100, "", Task::kTranscribe),
               ErrorCode::kUnsupported, "no alignment heads");
  FakeModel model(tokenizer_->size(), {0}, 1);
  Aligner aligner(model, *tokenizer_);
  ASSERT_OK(aligner.find_alignment(Ids(445, 'a'), 20, "", Task::kTranscribe));
  EXPECT_ERROR(aligner.find_alignment(Ids(446, 'a'), 20, "", Task::kTranscribe),
               ErrorCode::kInvalidArgument,
               "need 449 tokens at once for a window, expected at most 448");
}

TEST_F(SmallAligner, GivesTheSameAfterAnotherWindow) {
  FakeModel model(tokenizer_->size(), {0, 1}, 1);
  Aligner aligner(model, *tokenizer_);
  const Ids text = {'a', ' ', 'b', 'c'};
  ASSERT_OK(aligner.find_alignment(text, 90, "", Task::kTranscribe));
  const std::vector<float> costs(aligner.costs().begin(), aligner.costs().end());
  ASSERT_OK(aligner.find_alignment(Ids(100, 'x'), 3000, "", Task::kTranscribe));
  ASSERT_OK(aligner.find_alignment(text, 90, "", Task::kTranscribe));
  EXPECT_EQ(costs, std::vector<float>(aligner.costs().begin(), aligner.costs().end()));
}

TEST_F(SmallAligner, SurvivesLogitsOfABrokenModel) {
  class Broken final : public AlignmentModel {
   public:
    std::size_t alignment_heads() const noexcept override { return 2; }
    std::size_t context() const noexcept override { return 448; }
    void force(std::span<const std::int32_t> tokens) noexcept override { count_ = tokens.size(); }
    std::span<const float> forced_logits(std::size_t) noexcept override {
      values_.assign(2000, std::numeric_limits<float>::quiet_NaN());
      return values_;
    }
    std::span<const float> scores(std::size_t head, std::size_t frames) noexcept override {
      const float infinity = std::numeric_limits<float>::infinity();
      values_.assign(count_ * frames, head == 0 ? infinity : -infinity);
      return values_;
    }

   private:
    std::size_t count_ = 0;
    std::vector<float> values_;
  } broken;
  const auto found =
      Aligner(broken, *tokenizer_).find_alignment(Ids{'a', ' ', 'b'}, 100, "", Task::kTranscribe);
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[1].start, -0.02);
  EXPECT_EQ((*found)[1].end, -0.02);
  EXPECT_EQ((*found)[1].probability, 0);
}

// The matrices that the reference's alignments came from.
class AlignmentGolden : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(AlignmentGolden, TakesTheSamePathToTheSameWords) {
  const std::filesystem::path folder = GetParam().folder / "golden";
  const Json golden = read_json(folder / "align_jfk.json");
  const test::Npy matrix = test::read_npy(folder / "align_jfk_neg_matrix.npy");
  const WarpingPath path = dtw(matrix.values, matrix.shape[0], matrix.shape[1]);
  EXPECT_EQ(path.rows, golden["text_indices"].get<Ids>());
  EXPECT_EQ(path.columns, golden["time_indices"].get<Ids>());

  std::vector<text::TokenizedWord> words;
  for (const Json& word : golden["words"]) words.push_back({word["word"], word["tokens"]});
  const std::vector<double> probabilities(matrix.shape[0] - 1, 0.25);
  const std::vector<WordTiming> timed =
      time_words(words, probabilities, matrix.values, matrix.shape[1]);
  ASSERT_EQ(timed.size(), words.size());
  for (std::size_t i = 0; i < timed.size(); ++i) {
    EXPECT_EQ(timed[i].word, words[i].word);
    EXPECT_EQ(timed[i].start, golden["words"][i]["start"]) << i;
    EXPECT_EQ(timed[i].end, golden["words"][i]["end"]) << i;
    EXPECT_EQ(timed[i].probability, 0.25);
  }
}

INSTANTIATE_TEST_SUITE_P(Whisper, AlignmentGolden, testing::ValuesIn(test::golden_cases("whisper")),
                         test::kGoldenCaseName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AlignmentGolden);

}  // namespace
}  // namespace sotto::decode
