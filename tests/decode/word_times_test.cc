#include "lib/decode/word_times.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace sotto::decode {
namespace {

constexpr std::int32_t kEndOfText = 1000;
constexpr std::int32_t kTime = 1002;

WordTiming word(std::string text, double start, double end, std::size_t tokens = 1) {
  return {std::move(text), std::vector<std::int32_t>(tokens, 7), start, end, 0.5};
}

// A segment with `tokens` tokens of text between two times.
Segment segment(double start, double end, std::size_t tokens, std::size_t seek = 0) {
  Segment made;
  made.seek = seek;
  made.start = start;
  made.end = end;
  made.tokens.assign(tokens + 2, 7);
  made.tokens.front() = made.tokens.back() = kTime;
  return made;
}

std::vector<Segment> with_words(std::vector<Segment> segments, std::vector<WordTiming> alignment,
                                double last_speech = 0) {
  add_word_times(segments, std::move(alignment), kEndOfText, kPrependPunctuations,
                 kAppendPunctuations, last_speech);
  return segments;
}

std::string text_of(const std::vector<WordTiming>& alignment) {
  std::string all;
  for (const WordTiming& timing : alignment) {
    all += "[" + timing.word + "]" + std::to_string(timing.tokens.size());
  }
  return all;
}

std::string merged(std::vector<std::string> words) {
  std::vector<WordTiming> alignment;
  for (std::string& text : words) alignment.push_back(word(std::move(text), 0, 0));
  merge_punctuations(alignment, kPrependPunctuations, kAppendPunctuations);
  return text_of(alignment);
}

// What Python's round(x, 2) says.
TEST(RoundToHundredths, IsPythons) {
  EXPECT_EQ(round_to_hundredths(0.125), 0.12);
  EXPECT_EQ(round_to_hundredths(0.375), 0.38);
  EXPECT_EQ(round_to_hundredths(2.675), 2.67);
  EXPECT_EQ(round_to_hundredths(1.005), 1.0);
  EXPECT_EQ(round_to_hundredths(0.285), 0.28);
  EXPECT_EQ(round_to_hundredths(-0.015), -0.01);
  EXPECT_EQ(round_to_hundredths(123456.785), 123456.79);
  EXPECT_EQ(round_to_hundredths(1e22), 1e22);
  EXPECT_EQ(round_to_hundredths(-1.7e308), -1.7e308);
  EXPECT_EQ(round_to_hundredths(30 + 57 / 50.0), 31.14);
}

TEST(MergePunctuations, JoinsMarksWithTheirWords) {
  EXPECT_EQ(merged({" (", "yes", ",", " no", ".", ")"}), "[]0[ (yes,]3[]0[ no.)]3[]0[]0");
  EXPECT_EQ(merged({" no", ".\"", ")"}), "[ no]1[.\")]2[]0");  // stop and quote are no part
  EXPECT_EQ(merged({" ask", " not", "?", "\"", " \u201C", "\u00BFwhat"}),
            "[ ask]1[ not?\"]3[]0[]0[]0[ \u201C\u00BFwhat]2");
  EXPECT_EQ(merged({"a", "\u3002", "b", "\uFF0C"}), "[a\u3002]2[]0[b\uFF0C]2[]0");
}

TEST(MergePunctuations, WantsABlankBeforeWhatComesFirstAndNoneBeforeWhatFollows) {
  EXPECT_EQ(merged({"(", "yes"}), "[(]1[yes]1");
  EXPECT_EQ(merged({"a ", ","}), "[a ]1[,]1");
}

TEST(MergePunctuations, CountsABlankAndNothingAsMarks) {
  EXPECT_EQ(merged({" ", "a"}), "[]0[ a]2");
  EXPECT_EQ(merged({" \u3000", "a"}), "[]0[ \u3000a]2");  // stripped as Python does it
  EXPECT_EQ(merged({"a", "", ","}), "[a,]3[]0[]0");
  EXPECT_EQ(merged({}), "");
}

TEST(AddWordTimes, GivesEachSegmentItsWords) {
  const std::vector<Segment> made =
      with_words({segment(10, 11, 3, 1000), segment(11, 12, 1, 1000)},
                 {word(" a", 0, 0.3), word(" bc", 0.3, 0.6, 2), word(" d", 1, 1.3)}, 10);
  ASSERT_EQ(made[0].words.size(), 2U);
  EXPECT_EQ(made[0].words[1].word, " bc");
  EXPECT_EQ(made[0].words[1].start, 10.3);
  EXPECT_EQ(made[0].words[1].end, 10.6);
  EXPECT_EQ(made[0].words[1].probability, 0.5);
  EXPECT_EQ(made[0].start, 10.0);
  EXPECT_EQ(made[0].end, 10.6);
  ASSERT_EQ(made[1].words.size(), 1U);
  EXPECT_EQ(made[1].start, 11.0);
  EXPECT_EQ(made[1].end, 11.3);
}

TEST(AddWordTimes, LeavesASegmentWhoseWordsWentToTheOneBefore) {
  const std::vector<Segment> made =
      with_words({segment(0, 1, 1), segment(1, 2, 1)}, {word(" ab", 0, 0.3, 2)});
  EXPECT_EQ(made[0].words.size(), 1U);
  EXPECT_TRUE(made[1].words.empty());
  EXPECT_EQ(made[1].start, 1);
  EXPECT_EQ(made[1].end, 2);
  EXPECT_TRUE(with_words({segment(0, 1, 0)}, {})[0].words.empty());
}

// The median is 0.4 s, of those that last at all.
TEST(AddWordTimes, ShortensWordsAtSentenceEndsToTwiceTheMedian) {
  const std::vector<Segment> made = with_words(
      {segment(0, 20, 9)}, {word(" a", 0, 0.4), word(" b", 0.4, 0.4), word(" c", 0.4, 0.8),
                            word(".", 0.8, 5), word(" d", 5, 9), word(" e", 9, 9.4),
                            word(" f", 9.4, 13), word(" g", 13, 13.4), word(" h", 13.4, 13.8)});
  const std::vector<Word>& words = made[0].words;
  ASSERT_EQ(words.size(), 8U);
  EXPECT_EQ(words[2].word, " c.");
  EXPECT_EQ(words[2].end, 0.8);    // of the word, not of its stop
  EXPECT_EQ(words[3].start, 8.2);  // after a stop: 9 - 2 * 0.4
  EXPECT_EQ(words[3].end, 9);
  EXPECT_EQ(words[5].start, 9.4);  // not beside one
  EXPECT_EQ(words[5].end, 13);
}

TEST(AddWordTimes, ShortensAStopThatTakesThePause) {
  const std::vector<Segment> made = with_words(
      {segment(0, 3, 4)},
      {word(" a", 0, 0.2), word(" b", 0.2, 0.4), word(" ", 0.4, 0.6), word("!", 0.6, 2.6)});
  // " " and "!" come to be one word, of the second's times.
  ASSERT_EQ(made[0].words.size(), 3U);
  EXPECT_EQ(made[0].words[2].word, " !");
  EXPECT_EQ(made[0].words[2].start, 0.6);
  EXPECT_EQ(made[0].words[2].end, 1.0);
}

// The median is capped: 0.7 s, not 2 s.
TEST(AddWordTimes, ShortensTheFirstWordsAfterAPause) {
  const std::vector<Segment> one =
      with_words({segment(8, 12, 2)}, {word(" a", 8, 10), word(" b", 10, 11)});
  EXPECT_EQ(one[0].words[0].start, 8.6);
  EXPECT_EQ(one[0].words[0].end, 10);
  EXPECT_EQ(one[0].start, 8.6);
  const std::vector<Segment> two =
      with_words({segment(8, 14, 2)}, {word(" a", 8, 10), word(" b", 10, 14)});
  EXPECT_EQ(two[0].words[0].start, 12.6 - 1.4);
  EXPECT_EQ(two[0].words[0].end, 12.6);
  EXPECT_EQ(two[0].words[1].start, 12.6);
  const std::vector<Segment> spoken =
      with_words({segment(8, 12, 2)}, {word(" a", 8, 10), word(" b", 10, 11)}, 7.5);
  EXPECT_EQ(spoken[0].words[0].start, 8);
}

TEST(AddWordTimes, HearsTwoShortWordsAfterAPauseAsOneLongOne) {
  // 5 to 5.5 and 5.5 to 8: together more than four medians of 0.5.
  const std::vector<Segment> made =
      with_words({segment(5, 9, 4)},
                 {word(" a", 5, 5.5), word(" b", 5.5, 8), word(" c", 8, 8.5), word(" d", 8.5, 9)});
  EXPECT_EQ(made[0].words[0].end, 7);
  EXPECT_EQ(made[0].words[1].start, 7);
  EXPECT_EQ(made[0].words[0].start, 6);
}

TEST(AddWordTimes, PrefersTheSegmentsTimesToImplausibleWords) {
  const std::vector<Segment> made =
      with_words({segment(3, 5, 2)}, {word(" a", 2, 3.2), word(" b", 4, 6)}, 2);
  EXPECT_EQ(made[0].start, 3);
  EXPECT_EQ(made[0].words[0].start, 3.2 - 0.7);
  EXPECT_EQ(made[0].end, 5);
  EXPECT_EQ(made[0].words[1].end, 5);
}

TEST(AddWordTimes, StartsNoWordBeforeTheSound) {
  // A median of 0.6 s: 0.55 - 0.6 is before the start.
  const std::vector<Segment> made = with_words(
      {segment(0.52, 3, 3)}, {word(" a", 0, 0.55), word(" b", 1, 1.6), word(" c", 2, 3)});
  EXPECT_EQ(made[0].words[0].start, 0);
  EXPECT_EQ(made[0].start, 0.52);
}

TEST(AddWordTimes, CountsTokensWithoutText) {
  const std::vector<Segment> made =
      with_words({segment(0, 1, 1), segment(1, 2, 1)}, {word("", 0, 0.3), word("a", 0.3, 0.6)});
  EXPECT_TRUE(made[0].words.empty());
  ASSERT_EQ(made[1].words.size(), 1U);
  EXPECT_EQ(made[1].words[0].word, "a");
}

TEST(AddWordTimes, KeepsWordsWithoutTimesInPlace) {
  const std::vector<Segment> made =
      with_words({segment(10.98, 11, 1, 1098)}, {word(" a", -0.02, -0.02)}, 10.98);
  EXPECT_EQ(made[0].start, 10.96);
  EXPECT_EQ(made[0].end, 10.96);
}

}  // namespace
}  // namespace sotto::decode
