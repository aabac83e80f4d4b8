#include "lib/decode/segmenter.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/whisper_vocabulary.h"

namespace sotto::decode {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr Window kWindow{1000, 2000};  // 10 s to 30 s

class CutSegments : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(tokenizer_, nullptr); }

  std::int32_t at(double seconds) const {
    return tokenizer_->ids().timestamp_begin + static_cast<std::int32_t>(seconds * 50 + 0.5);
  }
  Cut cut(const Ids& tokens, bool truncated = false) const {
    DecodingResult result;
    result.tokens = tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      result.token_log_probabilities.push_back(-static_cast<float>(i));
    }
    result.avg_logprob = -0.5;
    result.no_speech_prob = 0.25;
    result.temperature = 0.2;
    result.compression_ratio = 1.5;
    result.truncated = truncated;
    return cut_segments(kWindow, result, *tokenizer_);
  }

  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ =
      test::whisper_tokenizer(test::small_whisper_vocabulary());
};

TEST_F(CutSegments, EndsOneAtEachPairOfTimesAndHearsTheRestAgain) {
  const Cut made = cut({at(0.5), 'a', at(2), at(3), 'b', at(4.02), at(5), 'c'});
  ASSERT_EQ(made.segments.size(), 2U);
  const Segment& first = made.segments[0];
  EXPECT_EQ(first.seek, 1000U);
  EXPECT_EQ(first.start, 10 + 25 * 0.02);
  EXPECT_EQ(first.end, 12);
  EXPECT_EQ(first.text, "a");
  EXPECT_EQ(first.tokens, (Ids{at(0.5), 'a', at(2)}));
  EXPECT_EQ(first.token_log_probabilities, (std::vector<float>{0, -1, -2}));
  EXPECT_EQ(first.avg_logprob, -0.5);
  EXPECT_EQ(first.no_speech_prob, 0.25);
  EXPECT_EQ(first.temperature, 0.2);
  EXPECT_EQ(first.compression_ratio, 1.5);
  EXPECT_EQ(made.segments[1].text, "b");
  EXPECT_EQ(made.segments[1].end, 10 + 201 * 0.02);
  EXPECT_EQ(made.segments[1].token_log_probabilities, (std::vector<float>{-3, -4, -5}));
  EXPECT_EQ(made.advance, 402U);
  EXPECT_FALSE(made.single_timestamp_ending);
}

TEST_F(CutSegments, TakesAllOfItWhereTheLastTimeStandsAlone) {
  const Cut made = cut({at(0.5), 'a', at(2), at(3), 'b', at(4)});
  ASSERT_EQ(made.segments.size(), 2U);
  EXPECT_EQ(made.segments[1].text, "b");
  EXPECT_EQ(made.segments[1].end, 14);
  EXPECT_EQ(made.advance, 2000U);
  EXPECT_TRUE(made.single_timestamp_ending);
}

TEST_F(CutSegments, IsOneUpToTheLastTimeWherePairsLack) {
  const Cut ended = cut({at(0.5), 'a', at(2)});
  ASSERT_EQ(ended.segments.size(), 1U);
  EXPECT_EQ(ended.segments[0].start, 10);
  EXPECT_EQ(ended.segments[0].end, 12);
  EXPECT_EQ(ended.segments[0].tokens.size(), 3U);
  EXPECT_TRUE(ended.single_timestamp_ending);
  EXPECT_EQ(ended.advance, 2000U);
  for (const Ids& tokens : {Ids{'a'}, Ids{at(0), 'a'}, Ids{}}) {  // 0.00 is no end
    const Cut open = cut(tokens);
    ASSERT_EQ(open.segments.size(), 1U);
    EXPECT_EQ(open.segments[0].end, 30);
    EXPECT_EQ(open.segments[0].tokens, tokens);
    EXPECT_EQ(open.advance, 2000U);
    EXPECT_FALSE(open.single_timestamp_ending);
  }
  EXPECT_FALSE(cut({at(2)}).single_timestamp_ending);
}

TEST_F(CutSegments, LeavesSpecialTokensOutOfTheText) {
  const std::int32_t special = tokenizer_->ids().translate;
  const Cut made = cut({at(1), 'a', special, 'b', at(2), at(2), 'c', at(3)});
  EXPECT_EQ(made.segments[0].text, "ab");
  EXPECT_EQ(made.segments[0].tokens.size(), 5U);
}

// Without the rules for times a segment may begin with any token: the reference subtracts all the
// same.
TEST_F(CutSegments, TakesTheFirstTokenForATime) {
  const Cut made = cut({'a', at(2), at(3), 'b'});
  ASSERT_EQ(made.segments.size(), 1U);
  EXPECT_EQ(made.segments[0].start, 10 + ('a' - tokenizer_->ids().timestamp_begin) * 0.02);
  EXPECT_EQ(made.advance, 200U);
}

TEST_F(CutSegments, MayAdvanceByNothing) {
  const Cut made = cut({'a', at(0), at(0), 'b'});
  EXPECT_EQ(made.advance, 0U);
}

TEST_F(CutSegments, MarksTheSegmentThatTheLimitCut) {
  const Cut open = cut({at(0), 'a', at(1), at(1), 'b'}, true);
  EXPECT_FALSE(open.segments[0].truncated);  // the rest is heard again
  const Cut ended = cut({at(0), 'a', at(1), at(1), 'b', at(2)}, true);
  EXPECT_FALSE(ended.segments[0].truncated);
  EXPECT_TRUE(ended.segments[1].truncated);
  EXPECT_TRUE(cut({at(0), 'a'}, true).segments[0].truncated);
  EXPECT_FALSE(cut({at(0), 'a'}).segments[0].truncated);
}

}  // namespace
}  // namespace sotto::decode
