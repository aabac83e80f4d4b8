// The long-form loop against openai/whisper's own, which make_long_form_cases.py ran over scripted
// windows: what it asks for, in order, and what it makes of the answers.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/decode/long_form.h"
#include "tests/decode/collected.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::decode {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

class RecordedSource final : public WindowSource {
 public:
  explicit RecordedSource(const Json& recorded) : recorded_(recorded) {}

  std::size_t frames() const override { return recorded_["frames"]; }
  std::size_t context() const override { return 448; }

  Status encode(std::size_t seek, std::size_t count) override {
    if (heard_ == recorded_["windows"].size()) {
      return Error{ErrorCode::kInternal, "one window too many"};
    }
    window_ = &recorded_["windows"][heard_++];
    EXPECT_EQ(seek, (*window_)["seek"]);
    EXPECT_EQ(count, (*window_)["count"]);
    return ok();
  }

  Result<DecodingResult> decode(std::span<const std::int32_t> prompt) override {
    EXPECT_EQ(Ids(prompt.begin(), prompt.end()), (*window_)["prompt"].get<Ids>());
    const Json& recorded = (*window_)["result"];
    DecodingResult result;
    result.language = "en";
    result.tokens = recorded["tokens"].get<Ids>();
    result.token_log_probabilities.assign(result.tokens.size(), -1.0F);
    result.avg_logprob = recorded["avg_logprob"];
    result.no_speech_prob = recorded["no_speech_prob"];
    result.temperature = recorded["temperature"];
    result.compression_ratio = recorded["compression_ratio"];
    return result;
  }

  Result<std::vector<WordTiming>> align(std::span<const std::int32_t> text_tokens,
                                        std::size_t count) override {
    EXPECT_EQ(count, (*window_)["count"]);
    if (!window_->contains("align")) return Error{ErrorCode::kInternal, "nothing to align"};
    const Json& recorded = (*window_)["align"];
    EXPECT_EQ(Ids(text_tokens.begin(), text_tokens.end()), recorded["text_tokens"].get<Ids>());
    std::vector<WordTiming> words;
    for (const Json& word : recorded["words"]) {
      words.push_back({word[0], word[1].get<Ids>(), word[2], word[3], word[4]});
    }
    return words;
  }

  std::size_t heard() const { return heard_; }

 private:
  const Json& recorded_;
  const Json* window_ = nullptr;
  std::size_t heard_ = 0;
};

std::optional<double> threshold(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

LongFormOptions options_of(const Json& recorded) {
  LongFormOptions options;
  for (const auto& [name, value] : recorded.items()) {
    if (name == "logprob_threshold") options.logprob_threshold = threshold(value);
    if (name == "no_speech_threshold") options.no_speech_threshold = threshold(value);
    if (name == "condition_on_previous_text") options.condition_on_previous_text = value;
    if (name == "initial_prompt") options.initial_prompt = value.get<std::string>();
    if (name == "carry_initial_prompt") options.carry_initial_prompt = value;
    if (name == "word_timestamps") options.word_timestamps = value;
    if (name == "append_punctuations") {
      options.append_punctuations = value.get_ref<const std::string&>();
    }
    if (name == "clip_timestamps") options.clip_timestamps = value.get<std::vector<double>>();
    if (name == "hallucination_silence_threshold") {
      options.hallucination_silence_threshold = value.get<double>();
    }
  }
  return options;
}

void expect_words(const std::vector<Word>& words, const Json& recorded) {
  ASSERT_EQ(words.size(), recorded.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(words[i].word, recorded[i]["word"]);
    EXPECT_EQ(words[i].start, recorded[i]["start"]) << words[i].word;
    EXPECT_EQ(words[i].end, recorded[i]["end"]) << words[i].word;
    EXPECT_EQ(words[i].probability, recorded[i]["probability"]) << words[i].word;
  }
}

void expect_segments(const std::vector<Segment>& segments, const Json& recorded) {
  ASSERT_EQ(segments.size(), recorded.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    SCOPED_TRACE("segment " + std::to_string(i));
    const Segment& segment = segments[i];
    EXPECT_EQ(segment.id, recorded[i]["id"]);
    EXPECT_EQ(segment.seek, recorded[i]["seek"]);
    EXPECT_EQ(segment.start, recorded[i]["start"]);
    EXPECT_EQ(segment.end, recorded[i]["end"]);
    EXPECT_EQ(segment.text, recorded[i]["text"]);
    EXPECT_EQ(segment.tokens, recorded[i]["tokens"].get<Ids>());
    EXPECT_EQ(segment.token_log_probabilities.size(), segment.tokens.size());
    EXPECT_EQ(segment.temperature, recorded[i]["temperature"]);
    EXPECT_EQ(segment.avg_logprob, recorded[i]["avg_logprob"]);
    EXPECT_EQ(segment.compression_ratio, recorded[i]["compression_ratio"]);
    EXPECT_EQ(segment.no_speech_prob, recorded[i]["no_speech_prob"]);
    if (recorded[i].contains("words")) expect_words(segment.words, recorded[i]["words"]);
  }
}

TEST(Transcribe, DoesWhatTheReferenceDoes) {
  SOTTO_NEEDS_SHARED(test::kWhisperVocabularies);
  const auto tokenizer = test::whisper_tokenizer(test::whisper_vocabulary(51865));
  ASSERT_NE(tokenizer, nullptr);
  std::ifstream file(std::filesystem::path(SOTTO_SOURCE_DIR) / "tests/decode/long_form_cases.json");
  const Json cases = Json::parse(file);
  ASSERT_FALSE(cases.empty());
  for (const Json& recorded : cases) {
    SCOPED_TRACE("seed " + recorded["seed"].dump() + " " + recorded["options"].dump());
    RecordedSource source(recorded);
    const auto made = test::collect(source, *tokenizer, options_of(recorded["options"]));
    ASSERT_OK(made);
    EXPECT_EQ(source.heard(), recorded["windows"].size());
    EXPECT_EQ(made->text, recorded["text"]);
    expect_segments(made->segments, recorded["segments"]);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace sotto::decode
