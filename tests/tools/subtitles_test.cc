#include "tools/subtitles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace sotto::tools {
namespace {

Segment segment_of(std::vector<Word> words) {
  Segment segment;
  segment.start_seconds = words.front().start_seconds;
  segment.end_seconds = words.back().end_seconds;
  for (const Word& word : words) segment.text += word.text;
  segment.words = std::move(words);
  return segment;
}

// "I came. I saw it. I went home now." A pause of 4 s is before "went".
Transcript example() {
  Transcript transcript;
  transcript.segments = {
      segment_of({{0, 0.5, " I", 1}, {0.5, 1, " came.", 1}}),
      segment_of({{1, 1.5, " I", 1}, {1.5, 2, " saw", 1}, {2.5, 3, " it.", 1}}),
      segment_of(
          {{3, 3.5, " I", 1}, {7, 7.5, " went", 1}, {7.5, 8, " home", 1}, {8, 9, " now.", 1}}),
  };
  return transcript;
}

// "0-1000 text" for each cue; the underlined between underscores.
std::vector<std::string> shown(const std::vector<Cue>& cues) {
  std::vector<std::string> all;
  for (const Cue& cue : cues) {
    std::string text = std::to_string(cue.start_ms) + "-" + std::to_string(cue.end_ms) + " ";
    for (const CueText& part : cue.parts) {
      text += part.underlined ? "_" + part.text + "_" : part.text;
    }
    all.push_back(text);
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST(Subtitles, AreSegmentsUnlessAskedOtherwise) {
  EXPECT_EQ(shown(make_cues(example(), {})),
            (Lines{"0-1000 I came.", "1000-3000 I saw it.", "3000-9000 I went home now."}));
}

TEST(Subtitles, OfAWidthBreakTheLinesOfASegment) {
  EXPECT_EQ(shown(make_cues(example(), {.max_line_width = 7})),
            (Lines{"0-1000 I came.", "1000-3000 I saw\nit.", "3000-9000 I went\nhome\nnow."}));
}

TEST(Subtitles, OfAWidthAndACountAreFilledAcrossSegmentsUpToALongPause) {
  const CueOptions options{.max_line_width = 9, .max_line_count = 2};
  EXPECT_EQ(shown(make_cues(example(), options)),
            (Lines{"0-3500 I came. I\nsaw it. I", "7000-9000 went home\nnow."}));
}

TEST(Subtitles, OfOneLineEndWhereTheNextWordHasNoRoom) {
  const CueOptions options{.max_line_width = 12, .max_line_count = 1};
  EXPECT_EQ(shown(make_cues(example(), options)), (Lines{"0-1500 I came. I", "1500-3500 saw it. I",
                                                         "7000-8000 went home", "8000-9000 now."}));
}

TEST(Subtitles, OfSomeWordsBeginAnewWithEachSegment) {
  EXPECT_EQ(shown(make_cues(example(), {.max_words_per_line = 2})),
            (Lines{"0-1000 I came.", "1000-2000 I saw", "2500-3000 it.", "3000-7500 I went",
                   "7500-9000 home now."}));
}

TEST(Subtitles, UnderlineEachWordAndNoneInAPause) {
  Transcript transcript = example();
  transcript.segments.resize(2);
  EXPECT_EQ(shown(make_cues(transcript, {.highlight_words = true})),
            (Lines{"0-500 _I_ came.", "500-1000 I _came._", "1000-1500 _I_ saw it.",
                   "1500-2000 I _saw_ it.", "2000-2500 I saw it.", "2500-3000 I saw _it._"}));
}

TEST(Subtitles, KeepAWordThatIsWiderThanALine) {
  Transcript transcript;
  transcript.segments = {segment_of({{0, 1, " Donaudampfschiff", 1}, {1, 2, " ab", 1}})};
  EXPECT_EQ(shown(make_cues(transcript, {.max_line_width = 4, .max_line_count = 1})),
            (Lines{"0-1000 Donaudampfschiff", "1000-2000 ab"}));
}

TEST(Subtitles, CountCharactersNotBytes) {
  Transcript transcript;  // two words of four Hebrew letters
  const std::string word = "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D";
  transcript.segments = {segment_of({{0, 1, word, 1}, {1, 2, " " + word, 1}})};
  EXPECT_EQ(make_cues(transcript, {.max_line_width = 9, .max_line_count = 1}).size(), 1U);
  EXPECT_EQ(make_cues(transcript, {.max_line_width = 8, .max_line_count = 1}).size(), 2U);
}

TEST(Subtitles, HaveNoEmptyLinesNorEmptyCues) {
  Transcript transcript;
  transcript.segments.resize(3);
  transcript.segments[0].text = "\n one \r\n\n \r two\n";
  transcript.segments[1].text = " \n ";
  transcript.segments[2] = segment_of({{1, 2, "\n", 1}, {2, 3, " a\n\nb", 1}, {3, 4, " ", 1}});
  const std::vector<Cue> segments = make_cues(transcript, {});
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].parts[0].text, "one\ntwo");
  EXPECT_EQ(segments[1].parts[0].text, "a\nb");
  EXPECT_EQ(shown(make_cues(transcript, {.max_words_per_line = 5})), Lines{"2000-3000 a  b"});
}

TEST(Subtitles, NeverEndBeforeTheyBegin) {
  Transcript transcript;
  transcript.segments.resize(1);
  transcript.segments[0].text = "x";
  transcript.segments[0].start_seconds = 2;
  transcript.segments[0].end_seconds = NAN;
  EXPECT_EQ(shown(make_cues(transcript, {})), Lines{"2000-2000 x"});
}

}  // namespace
}  // namespace sotto::tools
