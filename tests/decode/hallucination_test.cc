#include "lib/decode/hallucination.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sotto::decode {
namespace {

Segment said(std::vector<Word> words) {
  Segment segment;
  segment.words = std::move(words);
  segment.start = segment.words.front().start;
  segment.end = segment.words.back().end;
  return segment;
}

Segment plausible(double start, double end) {
  return said({{" a", start, start + 0.5, 0.9}, {" b", end - 0.5, end, 0.9}});
}
Segment suspicious(double start, double end) {
  return said({{" a", start, start + 0.5, 0.1}, {" b", end - 0.5, end, 0.1}});
}

constexpr Window kWindow{1000, 3000};  // 10 s to 40 s
constexpr SilenceRule kRule{1.0, 10000, 10.0, true};

TEST(IsAnomalous, CountsImprobableShortAndLongWords) {
  EXPECT_FALSE(is_anomalous(Segment()));
  EXPECT_FALSE(is_anomalous(said({{" a", 0, 0.5, 0.15}})));
  EXPECT_TRUE(is_anomalous(said({{" a", 0, 0.5, 0.14}})));
  EXPECT_FALSE(is_anomalous(said({{" a", 0, 0.07, 0.9}})));  // (0.133 - 0.07) * 15 = 0.945
  EXPECT_TRUE(is_anomalous(said({{" a", 0, 0.06, 0.9}})));   // 1.095
  EXPECT_FALSE(is_anomalous(said({{" a", 0, 2.98, 0.9}})));
  EXPECT_TRUE(is_anomalous(said({{" a", 0, 3, 0.9}})));
}

TEST(IsAnomalous, IsSoAtThreeOfEightWords) {
  std::vector<Word> words(8, {" a", 0, 0.5, 0.9});
  words[0].probability = words[3].probability = 0.1;
  EXPECT_FALSE(is_anomalous(said(words)));
  words[7].probability = 0.1;
  EXPECT_TRUE(is_anomalous(said(words)));
  words.insert(words.begin(), {" a", 0, 0.5, 0.9});  // now the ninth
  EXPECT_FALSE(is_anomalous(said(words)));
}

TEST(IsAnomalous, LeavesMarksOut) {
  EXPECT_FALSE(is_anomalous(said({{" a", 0, 0.5, 0.9}, {"?", 0.5, 0.5, 0.01}})));
  EXPECT_TRUE(is_anomalous(said({{"...", 0, 0.5, 0.01}})));  // no part of the marks
  EXPECT_TRUE(is_anomalous(said({{".", 0, 0.5, 0.9}})));     // nothing is left: all of it
}

TEST(SkipSilence, GoesOnAfterTheLastWordUnlessTheWindowEndsThere) {
  SilenceRule rule = kRule;
  rule.single_timestamp_ending = false;
  std::vector<Segment> segments = {plausible(11, 20)};
  std::size_t seek = 1;
  EXPECT_TRUE(skip_silence(rule, kWindow, segments, seek));
  EXPECT_EQ(seek, 2000U);
  segments = {plausible(11, 39.5)};
  EXPECT_TRUE(skip_silence(rule, kWindow, segments, seek));
  EXPECT_EQ(seek, 4000U);
  segments = {plausible(11, 39)};  // no longer than the threshold
  EXPECT_TRUE(skip_silence(rule, kWindow, segments, seek));
  EXPECT_EQ(seek, 4000U);
  seek = 1;
  EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
  EXPECT_EQ(seek, 1U);
  EXPECT_EQ(segments.size(), 1U);
}

TEST(SkipSilence, HearsAWindowThatBeginsInSilenceAgain) {
  std::vector<Segment> segments = {Segment(), suspicious(13.5, 15), plausible(16, 20)};
  std::size_t seek = 1;
  EXPECT_FALSE(skip_silence(kRule, kWindow, segments, seek));
  EXPECT_EQ(seek, 1350U);
  segments = {suspicious(11, 15), plausible(15, 20)};  // no longer than the threshold
  EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
  segments = {plausible(13.5, 15)};
  EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
}

TEST(SkipSilence, DropsWhatIsMadeUpAmongSilence) {
  std::vector<Segment> segments = {plausible(10, 15), suspicious(17, 19), plausible(21, 25)};
  std::size_t seek = 1;
  EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
  EXPECT_EQ(segments.size(), 1U);
  EXPECT_EQ(seek, 1700U);
  // Silence on one side only.
  for (const std::vector<Segment>& kept :
       {std::vector<Segment>{plausible(10, 16), suspicious(17, 19), plausible(21, 25)},
        std::vector<Segment>{plausible(10, 15), suspicious(17, 19), plausible(20, 25)}}) {
    segments = kept;
    seek = 1;
    EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
    EXPECT_EQ(segments.size(), 3U);
    EXPECT_EQ(seek, 1U);
  }
}

TEST(SkipSilence, CountsTheWindowsEdgesAndMoreSuchSegmentsAsSilence) {
  // Within 2 s of the start, before another suspicious one.
  std::vector<Segment> segments = {suspicious(10.5, 12), suspicious(12, 14), plausible(14, 20)};
  std::size_t seek = 1;
  EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
  EXPECT_TRUE(segments.empty());
  EXPECT_EQ(seek, 1100U);  // at least 1 s on
  // Within 2 s of the end.
  segments = {plausible(10, 30), suspicious(35, 38.5)};
  EXPECT_TRUE(skip_silence(kRule, kWindow, segments, seek));
  EXPECT_EQ(segments.size(), 1U);
  EXPECT_EQ(seek, 3500U);
  // Within the threshold of the sound's start, after speech.
  SilenceRule rule = kRule;
  rule.threshold = 5;
  rule.last_speech = 4;
  segments = {suspicious(4.5, 6), plausible(12, 20)};
  EXPECT_TRUE(skip_silence(rule, {200, 3000}, segments, seek));
  EXPECT_TRUE(segments.empty());
  EXPECT_EQ(seek, 450U);
}

TEST(SkipSilence, DrawsTheseLinesSharply) {
  const auto kept = [](double threshold, const Window& window, std::vector<Segment> segments) {
    std::size_t seek = 0;
    EXPECT_TRUE(skip_silence({threshold, 20000, 9.0, true}, window, segments, seek));
    return segments.size();
  };
  const Segment speech = plausible(9, 10);
  // 2 s from the window's start, and less.
  EXPECT_EQ(kept(5, kWindow, {speech, suspicious(12, 13), plausible(20, 21)}), 3U);
  EXPECT_EQ(kept(5, kWindow, {speech, suspicious(11.75, 13), plausible(20, 21)}), 1U);
  // 2 s from its end, and less.
  EXPECT_EQ(kept(3, kWindow, {speech, suspicious(35, 38), plausible(39, 40)}), 3U);
  EXPECT_EQ(kept(3, kWindow, {speech, suspicious(35, 38.25), plausible(39, 40)}), 1U);
  // The threshold from the sound's start, and less.
  EXPECT_EQ(kept(12, {900, 3000}, {speech, suspicious(12, 13), plausible(30, 31)}), 3U);
  EXPECT_EQ(kept(12, {900, 3000}, {speech, suspicious(11.75, 13), plausible(30, 31)}), 1U);
}

TEST(SkipSilence, EndsWhereLittleSoundIsLeft) {
  SilenceRule rule = kRule;
  rule.frames = 2350;
  std::vector<Segment> just = {plausible(10, 15), suspicious(20, 22.5)};
  std::size_t on = 1;
  EXPECT_TRUE(skip_silence(rule, {1000, 1350}, just, on));
  EXPECT_EQ(on, 1U);  // the second of sound after it is no silence
  EXPECT_TRUE(skip_silence(rule, {1000, 1400}, just, on));
  EXPECT_EQ(on, 2000U);
  rule.frames = 2400;
  std::vector<Segment> segments = {plausible(10, 15), suspicious(20, 23.5)};
  std::size_t seek = 1;
  EXPECT_TRUE(skip_silence(rule, {1000, 1400}, segments, seek));
  EXPECT_EQ(segments.size(), 2U);  // 24 s is no silence of its own
  segments = {plausible(10, 15), suspicious(20, 22.5)};
  rule.frames = 2300;
  EXPECT_TRUE(skip_silence(rule, {1000, 1400}, segments, seek));
  EXPECT_EQ(segments.size(), 1U);
  EXPECT_EQ(seek, 2300U);
}

TEST(FrameAt, RoundsTiesToEven) {
  EXPECT_EQ(frame_at(0.125), 12U);
  EXPECT_EQ(frame_at(0.375), 38U);
  EXPECT_EQ(frame_at(31.36), 3136U);
}

}  // namespace
}  // namespace sotto::decode
