#include "tools/transcript_format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace sotto::tools {
namespace {

using nlohmann::ordered_json;

std::vector<std::string> keys(const ordered_json& object) {
  std::vector<std::string> all;
  for (const auto& [key, value] : object.items()) all.push_back(key);
  return all;
}

ModelInfo model_of(const char* architecture) {
  ModelInfo info;
  info.architecture = architecture;
  return info;
}

Transcript example() {
  Segment segment;
  segment.start_seconds = 1.5;
  segment.end_seconds = 2.25;
  segment.text = "Hi.";
  segment.tokens = {50364, 2421, 13};
  segment.truncated = true;
  segment.token_probabilities = {0.5F, 0.25F, 1.0F};
  segment.words = {{1.5, 2.0, " Hi.", 0.75}};
  segment.language = "en";
  segment.temperature = 0.2;
  segment.avg_logprob = -0.5;
  segment.compression_ratio = 0.625;
  segment.no_speech_prob = 0.125;
  segment.seek_seconds = 30;
  Transcript transcript;
  transcript.text = "Hi.";
  transcript.segments = {segment};
  transcript.language = "en";
  transcript.language_probabilities = {{"en", 0.75F}, {"de", 0.25F}};
  transcript.audio_seconds = 4;
  transcript.encode_seconds = 0.25;
  transcript.decode_seconds = 0.5;
  transcript.total_seconds = 1;
  return transcript;
}

TEST(FormatTime, IsMinutesSecondsAndMilliseconds) {
  EXPECT_EQ(format_time(0), "00:00.000");
  EXPECT_EQ(format_time(62.345), "01:02.345");
  EXPECT_EQ(format_time(3599.999), "59:59.999");
}

TEST(FormatTime, HasHoursFromOneHourOn) {
  EXPECT_EQ(format_time(3600), "01:00:00.000");
  EXPECT_EQ(format_time(3661.5), "01:01:01.500");
  EXPECT_EQ(format_time(360000), "100:00:00.000");
}

TEST(FormatTime, RoundsToTheNearestMillisecond) {
  EXPECT_EQ(format_time(59.9996), "01:00.000");
  EXPECT_EQ(format_time(0.0004), "00:00.000");
  EXPECT_EQ(format_time(0.0625), "00:00.062");  // 62.5: half to even
}

TEST(FormatTime, TakesWhatIsNoTime) {
  EXPECT_EQ(format_time(-1), "00:00.000");
  EXPECT_EQ(format_time(NAN), "00:00.000");
  EXPECT_EQ(format_time(INFINITY), "277777:46:40.000");
}

TEST(FormatSegment, IsTimesAndText) {
  EXPECT_EQ(format_segment(example().segments[0]), "[00:01.500 --> 00:02.250] Hi.");
}

TEST(FormatCut, SaysWhereWordsMayBeMissing) {
  EXPECT_EQ(format_cut(example().segments[0]),
            "cut short between 1.50 s and 2.25 s; words may be missing");
}

TEST(RealTimeFactor, IsNoneWithoutSound) {
  EXPECT_EQ(real_time_factor(1, 4), 0.25);
  EXPECT_EQ(real_time_factor(1, 0), std::nullopt);
  EXPECT_EQ(real_time_factor(0, 0), std::nullopt);
  EXPECT_EQ(format_factor(0.25), "0.2500");
  EXPECT_EQ(format_factor(std::nullopt), "-");
}

TEST(TranscriptJson, HoldsAllOfAWhisperTranscript) {
  const ordered_json json = to_json(example(), model_of("whisper"));
  EXPECT_EQ(json, ordered_json::parse(R"({
    "text": "Hi.",
    "language": "en",
    "language_probabilities": {"en": 0.75, "de": 0.25},
    "segments": [{
      "start": 1.5, "end": 2.25, "text": "Hi.", "tokens": [50364, 2421, 13], "truncated": true,
      "token_probabilities": [0.5, 0.25, 1.0],
      "words": [{"word": " Hi.", "start": 1.5, "end": 2.0, "probability": 0.75}],
      "language": "en", "temperature": 0.2, "avg_logprob": -0.5, "compression_ratio": 0.625,
      "no_speech_prob": 0.125, "seek_seconds": 30.0
    }],
    "audio_seconds": 4.0, "rtf": 0.25,
    "encode_seconds": 0.25, "decode_seconds": 0.5, "total_seconds": 1.0
  })"));
}

TEST(TranscriptJson, LeavesOutWhatMoonshineDoesNotHave) {
  const ordered_json json = to_json(example(), model_of("moonshine"));
  EXPECT_EQ(keys(json),
            (std::vector<std::string>{"text", "segments", "audio_seconds", "rtf", "encode_seconds",
                                      "decode_seconds", "total_seconds"}));
  EXPECT_EQ(keys(json["segments"][0]),
            (std::vector<std::string>{"start", "end", "text", "tokens", "truncated"}));
}

TEST(TranscriptJson, OfNothingHasEmptyLists) {
  const ordered_json json = to_json(Transcript(), model_of("whisper"));
  EXPECT_EQ(json["segments"], ordered_json::array());
  EXPECT_EQ(json["language_probabilities"], ordered_json::object());
  EXPECT_TRUE(json["rtf"].is_null());
}

TEST(TranscriptJson, IsOneLineOfValidUtf8) {
  Transcript transcript = example();
  transcript.text = "two\nlines \xFF";
  const std::string line = to_line(to_json(transcript, model_of("moonshine")));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(ordered_json::parse(line)["text"], "two\nlines \xEF\xBF\xBD");
}

}  // namespace
}  // namespace sotto::tools
