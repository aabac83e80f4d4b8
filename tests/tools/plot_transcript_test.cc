#include "tools/plot_transcript.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sotto::tools {
namespace {

std::string error_of(std::string_view json, const std::string& sound = "a.wav") {
  const Result<SpokenText> text = parse_spoken(json, "t.json", sound);
  if (text) return "parsed";
  EXPECT_EQ(text.error().code, ErrorCode::kCorruptFile);
  return text.error().message;
}

// A transcript of one segment with these members.
std::string segment(const std::string& members) { return "{\"segments\":[{" + members + "}]}"; }
constexpr const char* kSegment = "\"start\":1,\"end\":2.5,\"text\":\" hi\"";

TEST(PlotTranscript, ReadsSegmentsAndWords) {
  const Result<SpokenText> text = parse_spoken(
      R"({"file":"a.wav","model":"tiny.en","language":"en","rtf":0.1,"segments":[
          {"start":0.5,"end":2,"text":" Hi you","avg_logprob":-0.5,"truncated":true,"words":[
            {"word":" Hi","start":0.5,"end":1,"probability":0.75},
            {"word":" you","start":1,"end":2,"probability":null}]},
          {"start":3,"end":4,"text":"Bye","words":[]}]})",
      "t.json", "a.wav");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->model, "tiny.en");
  EXPECT_EQ(text->language, "en");
  ASSERT_EQ(text->segments.size(), 2U);
  const SpokenSegment& first = text->segments[0];
  EXPECT_EQ(first.spoken.text, " Hi you");
  EXPECT_EQ(first.spoken.start_seconds, 0.5);
  EXPECT_EQ(first.spoken.end_seconds, 2);
  EXPECT_DOUBLE_EQ(first.spoken.probability.value(), std::exp(-0.5));
  EXPECT_TRUE(first.truncated);
  ASSERT_EQ(first.words.size(), 2U);
  EXPECT_EQ(first.words[0].text, " Hi");
  EXPECT_EQ(first.words[0].probability, 0.75);
  EXPECT_EQ(first.words[1].probability, std::nullopt);
  EXPECT_FALSE(text->segments[1].truncated);
  EXPECT_EQ(text->segments[1].spoken.probability, std::nullopt);
}

TEST(PlotTranscript, MayBeEmpty) {
  const Result<SpokenText> text = parse_spoken("{\"segments\":[]}", "t.json", "a.wav");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->segments.empty());
}

TEST(PlotTranscript, TakesTheLineOfTheSound) {
  const std::string lines =
      "{\"file\":\"x/a.wav\",\"model\":\"1\",\"segments\":[]}\n"
      "{\"file\":\"b.wav\",\"model\":\"2\",\"segments\":[]}\n\n"
      "{\"file\":\"a.wav\",\"model\":\"3\",\"segments\":[]}\n";
  EXPECT_EQ(parse_spoken(lines, "t.json", "b.wav")->model, "2");
  EXPECT_EQ(parse_spoken(lines, "t.json", "a.wav")->model, "3");
  EXPECT_EQ(parse_spoken(lines, "t.json", "x/a.wav")->model, "1");
  EXPECT_EQ(parse_spoken(lines, "t.json", "other/b.wav")->model, "2");
  EXPECT_EQ(error_of(lines, "c.wav"), "t.json: has 3 transcripts, none of c.wav");
  EXPECT_EQ(error_of(lines, "y/a.wav"), "t.json: has several transcripts of y/a.wav");
}

TEST(PlotTranscript, TakesTheOnlyOneWhateverItIsOf) {
  const std::string one = "{\"file\":\"b.wav\",\"model\":\"2\",\"segments\":[]}\n";
  EXPECT_EQ(parse_spoken(one, "t.json", "a.wav")->model, "2");
}

TEST(PlotTranscript, MayRunOverLines) {
  EXPECT_TRUE(parse_spoken("{\n \"segments\":\n []\n}\n", "t.json", "a.wav"));
}

TEST(PlotTranscript, SaysWhereItIsNoJson) {
  EXPECT_EQ(error_of(""), "t.json: not JSON, from byte 1");
  EXPECT_EQ(error_of("{\"segments\":[}"), "t.json: not JSON, from byte 14");
  EXPECT_EQ(error_of("{\"segments\":[]}\n{,\n"), "t.json: line 2: not JSON, from byte 2");
  EXPECT_EQ(error_of("{\"segments\":[],\"model\":\"\xFF\"}").substr(0, 16), "t.json: not JSON");
  EXPECT_EQ(error_of("{\"segments\":1e999}"), "t.json: a number is out of range");
}

TEST(PlotTranscript, NamesTheKeyThatIsWrong) {
  EXPECT_EQ(error_of("[]"), "t.json: the transcript is an array, expected an object");
  EXPECT_EQ(error_of("{}"), "t.json: there is no segments");
  EXPECT_EQ(error_of("{\"segments\":{}}"), "t.json: segments is an object, expected an array");
  EXPECT_EQ(error_of("{\"segments\":[3]}"), "t.json: segments[0] is 3, expected an object");
  EXPECT_EQ(error_of("{\"segments\":[],\"model\":7}"), "t.json: model is 7, expected a text");
  EXPECT_EQ(error_of(segment("\"start\":1,\"end\":2")), "t.json: there is no segments[0].text");
  EXPECT_EQ(error_of(segment("\"start\":\"1\",\"end\":2,\"text\":\"\"")),
            "t.json: segments[0].start is \"1\", expected seconds from 0 to 10000000");
  EXPECT_EQ(error_of(segment("\"start\":-1,\"end\":2,\"text\":\"\"")),
            "t.json: segments[0].start is -1, expected seconds from 0 to 10000000");
  EXPECT_EQ(error_of(segment("\"start\":2,\"end\":1e300,\"text\":\"\"")),
            "t.json: segments[0].end is 1e+300, expected seconds from 0 to 10000000");
  EXPECT_EQ(error_of(segment("\"start\":2,\"end\":1,\"text\":\"\"")),
            "t.json: segments[0].end is 1, before the start at 2");
  const std::string begin = std::string(kSegment) + ",\"words\":";
  EXPECT_EQ(error_of(segment(begin + "3")), "t.json: segments[0].words is 3, expected an array");
  const std::string word = "[{\"word\":\"a\",\"start\":1,\"end\":2,\"probability\":";
  EXPECT_EQ(error_of(segment(begin + word + "1.5}]")),
            "t.json: segments[0].words[0].probability is 1.5, expected a number from 0 to 1");
  EXPECT_EQ(error_of(segment(std::string(kSegment) + ",\"truncated\":0")),
            "t.json: segments[0].truncated is 0, expected true or false");
}

TEST(PlotTranscript, QuotesNoMoreThanAMessageHolds) {
  const std::string message =
      error_of(segment("\"start\":\"" + std::string(5000, 'x') + "\",\"end\":1,\"text\":\"\""));
  EXPECT_LT(message.size(), 200U);
}

TEST(PlotTranscript, IsBounded) {
  EXPECT_EQ(error_of(std::string(kMaxTranscriptBytes + 1, ' ')),
            "t.json: longer than 33554432 bytes");
  std::string words = segment(std::string(kSegment) + ",\"words\":[");
  words.resize(words.size() - 3);
  const std::string word = "{\"word\":\"\",\"start\":1,\"end\":1},";
  for (std::size_t i = 0; i < kMaxSpoken; ++i) words.append(word);
  words.back() = ']';
  words.append("}]}");
  EXPECT_EQ(error_of(words),
            "t.json: segments[0].words[199999]: more than 200000 segments and words");
  EXPECT_EQ(
      error_of(segment("\"start\":1,\"end\":1,\"text\":\"" + std::string(100'001, 'x') + "\"")),
      "t.json: segments[0].text is longer than 100000 bytes");
}

TEST(PlotTranscript, StandsDeepNesting) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(error_of("{\"segments\":" + deep + "}"),
            "t.json: segments[0] is an array, expected an object");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')).substr(0, 16), "t.json: not JSON");
}

}  // namespace
}  // namespace sotto::tools
