#include "tools/output_formats.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

namespace sotto::tools {
namespace {

constexpr const char* kEmoji = "\xF0\x9F\x98\x80";
constexpr const char* kHebrew = "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D";
const std::string kJoiner = "\xE2\x81\xA0";

Transcript transcript_of(std::string text) {
  Transcript transcript;
  Segment segment;
  segment.start_seconds = 1.5;
  segment.end_seconds = 3723.25;
  segment.text = std::move(text);
  transcript.segments = {segment};
  return transcript;
}

std::string srt_text(const std::string& text) {
  const std::string all = to_srt(transcript_of(text), {});
  const std::string head = "1\n00:00:01,500 --> 01:02:03,250\n";
  EXPECT_TRUE(all.starts_with(head) && all.ends_with("\n\n")) << all;
  return all.substr(head.size(), all.size() - head.size() - 2);
}

std::string vtt_text(const std::string& text) {
  const std::string all = to_vtt(transcript_of(text), {});
  const std::string head = "WEBVTT\n\n00:00:01.500 --> 01:02:03.250\n";
  EXPECT_TRUE(all.starts_with(head) && all.ends_with("\n\n")) << all;
  return all.substr(head.size(), all.size() - head.size() - 2);
}

std::string tsv_text(const std::string& text) {
  const std::string all = to_tsv(transcript_of(text));
  const std::string head = "start\tend\ttext\n1500\t3723250\t";
  EXPECT_TRUE(all.starts_with(head) && all.ends_with("\n")) << all;
  return all.substr(head.size(), all.size() - head.size() - 1);
}

std::string csv_text(const std::string& text) {
  const std::string all = to_csv(transcript_of(text));
  const std::string head = "start,end,text\n1500,3723250,";
  EXPECT_TRUE(all.starts_with(head) && all.ends_with("\n")) << all;
  return all.substr(head.size(), all.size() - head.size() - 1);
}

std::string lrc_text(const std::string& text) {
  const std::string all = to_lrc(transcript_of(text));
  const std::string head = "[re:sotto]\n";
  EXPECT_TRUE(all.starts_with(head) && all.ends_with("\n")) << all;
  return all.substr(head.size(), all.size() - head.size() - 1);
}

TEST(Formats, AreParsedInAnyOrderAndOnce) {
  EXPECT_EQ(parse_formats("--x", "json, SRT,srt"),
            (std::vector<Format>{Format::kSrt, Format::kJson}));
  EXPECT_EQ(parse_formats("--x", "all").size(), 8U);
  EXPECT_EQ(parse_formats("--x", "all").back(), Format::kJsonl);
}

TEST(Formats, ThatThereAreNotAreRefused) {
  for (const char* const list : {"", "doc", "srt,", ",srt", "srt vtt"}) {
    EXPECT_THROW(parse_formats("--x", list), CLI::ValidationError) << list;
  }
}

TEST(Formats, KeepOrdinaryTextAsItIs) {
  for (const std::string& text :
       {std::string("It's \"so\", he said; 1 < 2"), std::string(kEmoji) + kHebrew}) {
    EXPECT_EQ(srt_text(text), text);
    EXPECT_EQ(tsv_text(text), text);
    EXPECT_EQ(lrc_text(text), "[00:01.50]" + text);
    EXPECT_EQ(to_txt(transcript_of(text)), text + "\n");
  }
  EXPECT_EQ(vtt_text(kHebrew), kHebrew);
}

TEST(Formats, OfNothingAreHeadsAlone) {
  EXPECT_EQ(to_txt({}), "");
  EXPECT_EQ(to_srt({}, {}), "");
  EXPECT_EQ(to_vtt({}, {}), "WEBVTT\n\n");
  EXPECT_EQ(to_tsv({}), "start\tend\ttext\n");
  EXPECT_EQ(to_csv({}), "start,end,text\n");
  EXPECT_EQ(to_lrc({}), "[re:sotto]\n");
}

TEST(Srt, NumbersItsCues) {
  Transcript transcript = transcript_of("a");
  transcript.segments.push_back(transcript.segments[0]);
  EXPECT_EQ(to_srt(transcript, {}),
            "1\n00:00:01,500 --> 01:02:03,250\na\n\n2\n00:00:01,500 --> 01:02:03,250\na\n\n");
}

TEST(Srt, KeepsWhatWouldBeTagsAndTimesText) {
  EXPECT_EQ(srt_text("a --> b <3 {x}"), "a --> b <3 {x}");
  EXPECT_EQ(srt_text("<b>x</b>"), "<" + kJoiner + "b>x<" + kJoiner + "/b>");
  EXPECT_EQ(srt_text("{\\an8}x"), "{" + kJoiner + "\\an8}x");
  EXPECT_EQ(srt_text("00:00:01,000 --> 00:00:02,000"),
            "00:00:01,000 --" + kJoiner + "> 00:00:02,000");
  EXPECT_EQ(srt_text("-->"), "-->");
  EXPECT_EQ(srt_text("1 -->"), "1 -->");
  EXPECT_EQ(srt_text("--> 1"), "--> 1");
}

TEST(Srt, HasNoControlCharacters) {
  EXPECT_EQ(srt_text(std::string("a\0b\x1B[2J\x7F", 8)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD[2J\xEF\xBF\xBD");
}

TEST(Srt, UnderlinesWithTags) {
  Transcript transcript = transcript_of("a <b> c");
  transcript.segments[0].words = {{1, 2, "a", 1}, {2, 3, " <b>", 1}, {3, 4, " c", 1}};
  const std::string all = to_srt(transcript, {.highlight_words = true});
  EXPECT_NE(all.find("a <u><" + kJoiner + "b></u> c\n"), std::string::npos) << all;
}

TEST(Srt, SeesATagThatIsInTwoWords) {
  Transcript transcript = transcript_of("<b>");
  transcript.segments[0].words = {{1, 2, "<", 1}, {2, 3, "b>", 1}};
  EXPECT_NE(to_srt(transcript, {.max_words_per_line = 5}).find("\n<" + kJoiner + "b>\n"),
            std::string::npos);
}

TEST(Vtt, EscapesAsItsStandardSays) {
  EXPECT_EQ(vtt_text("a --> b & <b>c</b> &lt;"), "a --&gt; b &amp; &lt;b&gt;c&lt;/b&gt; &amp;lt;");
}

TEST(Tsv, EscapesWhatWouldBreakItsRows) {
  EXPECT_EQ(tsv_text("a\tb\nc\rd\\n"), "a\\tb\\nc\\rd\\\\n");
}

TEST(Csv, DoublesItsQuotesAndKeepsTheRest) {
  EXPECT_EQ(csv_text("say \"a, b\"\nc"), "\"say \"\"a, b\"\"\nc\"");
}

TEST(Lrc, HasTheTimeOnEveryLineAndMinutesBeyondAnHour) {
  Transcript transcript = transcript_of("a\nb");
  transcript.segments[0].start_seconds = 3661.256;
  EXPECT_EQ(to_lrc(transcript), "[re:sotto]\n[61:01.26]a\n[61:01.26]b\n");
}

TEST(Lrc, KeepsWhatWouldBeTimesText) {
  EXPECT_EQ(lrc_text("[Music] <x"), "[00:01.50][Music] <x");
  EXPECT_EQ(lrc_text("[00:09.00]x <00:09.10>y"),
            "[00:01.50][" + kJoiner + "00:09.00]x <" + kJoiner + "00:09.10>y");
}

}  // namespace
}  // namespace sotto::tools
