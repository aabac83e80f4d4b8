// The long-form loop over the windows of the reference's whole transcripts, as far as their
// segments tell what was decoded.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "lib/decode/long_form.h"
#include "tests/decode/collected.h"
#include "tests/support/golden.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::decode {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

constexpr std::int32_t kTail = 11;  // any text
constexpr std::int32_t kBlank = 220;

Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

// Of a WAV file with 16 bits at 16 kHz and the shortest header.
std::size_t frames_of(const std::filesystem::path& sound) {
  return (std::filesystem::file_size(sound) - 44) / 2 / 160;
}

// Windows by their first frame; others are silent.
class GoldenSource final : public WindowSource {
 public:
  GoldenSource(const Json& golden, std::size_t frames, std::int32_t timestamp_begin)
      : frames_(frames), timestamp_begin_(timestamp_begin) {
    const Json& segments = golden["segments"];
    for (std::size_t begin = 0, end = 0; begin < segments.size(); begin = end) {
      const std::size_t seek = segments[begin]["seek"];
      while (end < segments.size() && segments[end]["seek"] == seek) ++end;
      const std::size_t next =
          end < segments.size() ? segments[end]["seek"].get<std::size_t>() : frames;
      windows[seek] = window(segments, begin, end, next);
    }
  }

  std::size_t frames() const override { return frames_; }
  std::size_t context() const override { return 448; }
  Status encode(std::size_t seek, std::size_t) override {
    seek_ = seek;
    return ok();
  }
  Result<DecodingResult> decode(std::span<const std::int32_t>) override {
    DecodingResult silence;
    silence.no_speech_prob = 1;
    silence.avg_logprob = -9;
    const auto found = windows.find(seek_);
    if (found == windows.end()) return silence;
    ++heard;
    return found->second;
  }
  Result<std::vector<WordTiming>> align(std::span<const std::int32_t>, std::size_t) override {
    return Error{ErrorCode::kInternal, "not asked for"};
  }

  std::map<std::size_t, DecodingResult> windows;
  std::size_t heard = 0;

 private:
  std::int32_t time(double seconds, std::size_t seek) const {
    return timestamp_begin_ +
           static_cast<std::int32_t>(std::lround(seconds * 50 - static_cast<double>(seek) / 2));
  }

  // What was decoded: the tokens of its segments. An instantaneous one lost them, but has its
  // times. Where the next window begins at the last time, something stood behind it.
  DecodingResult window(const Json& segments, std::size_t begin, std::size_t end,
                        std::size_t next) const {
    const Json& first = segments[begin];
    const std::size_t seek = first["seek"];
    DecodingResult result;
    result.language = "en";
    for (std::size_t i = begin; i < end; ++i) {
      Ids tokens = segments[i]["tokens"];
      if (tokens.empty()) {
        tokens = {time(segments[i]["start"], seek), kBlank, time(segments[i]["end"], seek)};
      }
      result.tokens.insert(result.tokens.end(), tokens.begin(), tokens.end());
    }
    const std::int32_t last = result.tokens.back();
    if (next == seek + 2 * static_cast<std::size_t>(std::max(0, last - timestamp_begin_))) {
      result.tokens.insert(result.tokens.end(), {last, kTail});
    }
    result.avg_logprob = first["avg_logprob"];
    result.no_speech_prob = first["no_speech_prob"];
    result.compression_ratio = first["compression_ratio"];
    result.temperature = first["temperature"];
    return result;
  }

  std::size_t frames_;
  std::int32_t timestamp_begin_;
  std::size_t seek_ = 0;
};

class LongFormGolden : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(LongFormGolden, CutsWindowsWhereTheReferenceDoes) {
  SOTTO_NEEDS_SHARED(test::kWhisperVocabularies);
  const std::filesystem::path folder = GetParam().folder / "golden";
  const Json summary = read_json(folder / "summary.json");
  const Json transcripts = read_json(folder / "transcribe.json");
  const auto tokenizer =
      test::whisper_tokenizer(test::whisper_vocabulary(summary["dims"]["n_vocab"]));
  ASSERT_NE(tokenizer, nullptr);

  std::size_t compared = 0;
  for (const auto& [name, golden] : transcripts.items()) {
    if (golden["options"].contains("word_timestamps")) continue;  // those need the model
    SCOPED_TRACE(name);
    const std::filesystem::path sound =
        GetParam().root / "audio" / (name.substr(0, name.find('/')) + ".wav");
    GoldenSource source(golden, frames_of(sound), tokenizer->ids().timestamp_begin);
    LongFormOptions options;
    std::istringstream clips(golden["options"].value("clip_timestamps", ""));
    for (std::string seconds; std::getline(clips, seconds, ',');) {
      options.clip_timestamps.push_back(std::stod(seconds));
    }
    const auto made = test::collect(source, *tokenizer, options);
    ASSERT_OK(made);
    EXPECT_EQ(source.heard, source.windows.size());
    EXPECT_EQ(made->text, golden["text"]);
    ASSERT_EQ(made->segments.size(), golden["segments"].size());
    for (std::size_t i = 0; i < made->segments.size(); ++i) {
      const Segment& segment = made->segments[i];
      const Json& expected = golden["segments"][i];
      EXPECT_EQ(segment.id, expected["id"]);
      EXPECT_EQ(segment.seek, expected["seek"]);
      EXPECT_EQ(segment.start, expected["start"]) << i;
      EXPECT_EQ(segment.end, expected["end"]) << i;
      EXPECT_EQ(segment.text, expected["text"]);
      EXPECT_EQ(segment.tokens, expected["tokens"].get<Ids>());
      EXPECT_EQ(segment.avg_logprob, expected["avg_logprob"]);
    }
    ++compared;
  }
  EXPECT_GT(compared, 0U);
}

INSTANTIATE_TEST_SUITE_P(Whisper, LongFormGolden, testing::ValuesIn(test::golden_cases("whisper")),
                         test::kGoldenCaseName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LongFormGolden);

}  // namespace
}  // namespace sotto::decode
