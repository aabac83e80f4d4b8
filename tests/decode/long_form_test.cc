#include "lib/decode/long_form.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/decode/collected.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::decode {
namespace {

using Ids = std::vector<std::int32_t>;
using Frames = std::pair<std::size_t, std::size_t>;

// Plays its results one after the other, the last one for ever.
class ScriptedSource final : public WindowSource {
 public:
  ScriptedSource(std::size_t frames, std::vector<DecodingResult> results)
      : frames_(frames), results_(std::move(results)) {}

  std::size_t frames() const override { return frames_; }
  std::size_t context() const override { return 20; }  // room for a prompt of 9
  Status encode(std::size_t seek, std::size_t count) override {
    if (heard.size() == fail_encode) return Error{ErrorCode::kIo, "no sound"};
    heard.emplace_back(seek, count);
    return ok();
  }
  Result<DecodingResult> decode(std::span<const std::int32_t> prompt) override {
    if (prompts.size() == fail_decode) return Error{ErrorCode::kInternal, "no tokens"};
    prompts.emplace_back(prompt.begin(), prompt.end());
    return results_[std::min(prompts.size(), results_.size()) - 1];
  }
  Result<std::vector<WordTiming>> align(std::span<const std::int32_t> text_tokens,
                                        std::size_t) override {
    if (fail_align) return Error{ErrorCode::kUnsupported, "no heads"};
    std::vector<WordTiming> words;
    for (const std::int32_t token : text_tokens) {
      words.push_back({std::string(1, static_cast<char>(token)), {token}, 1, 1.5, 0.9});
    }
    return words;
  }

  std::vector<Frames> heard;
  std::vector<Ids> prompts;
  std::size_t fail_encode = std::numeric_limits<std::size_t>::max();
  std::size_t fail_decode = std::numeric_limits<std::size_t>::max();
  bool fail_align = false;

 private:
  std::size_t frames_;
  std::vector<DecodingResult> results_;
};

class Recorder final : public test::Collector {
 public:
  void on_progress(std::size_t done, std::size_t total) override {
    progress.emplace_back(done, total);
  }
  std::vector<Frames> progress;
};

class LongFormLoop : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(tokenizer_, nullptr); }

  std::int32_t at(double seconds) const {
    return tokenizer_->ids().timestamp_begin + static_cast<std::int32_t>(seconds * 50 + 0.5);
  }
  static DecodingResult result(Ids tokens, double temperature = 0) {
    DecodingResult made;
    made.language = "en";
    made.token_log_probabilities.assign(tokens.size(), -0.5F);
    made.tokens = std::move(tokens);
    made.temperature = temperature;
    made.avg_logprob = -0.5;
    return made;
  }
  Result<test::Collected> run(WindowSource& source, const LongFormOptions& options = {}) const {
    return test::collect(source, *tokenizer_, options);
  }

  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ =
      test::whisper_tokenizer(test::small_whisper_vocabulary());
};

std::string text_of(const std::vector<Segment>& segments) {
  std::string text;
  for (const Segment& segment : segments) text += segment.text;
  return text;
}

TEST_F(LongFormLoop, HearsWindowsOf30SecondsToTheEnd) {
  DecodingResult later = result({'a'});
  later.language = "de";
  ScriptedSource source(7001, {result({'a'}), later});
  const auto made = run(source);
  ASSERT_OK(made);
  EXPECT_EQ(source.heard, (std::vector<Frames>{{0, 3000}, {3000, 3000}, {6000, 1001}}));
  EXPECT_EQ(made->text, "aaa");
  EXPECT_EQ(made->language, "en");
  ASSERT_EQ(made->segments.size(), 3U);
  EXPECT_EQ(made->segments[2].id, 2U);
  EXPECT_EQ(made->segments[2].seek, 6000U);
  EXPECT_EQ(made->segments[2].start, 60);
  EXPECT_EQ(made->segments[2].end, 70.01);
}

TEST_F(LongFormLoop, GoesOnFromTheLastPairOfTimes) {
  ScriptedSource source(3000, {result({at(0), 'a', at(4), at(4), 'b'}), result({'c'})});
  ASSERT_OK(run(source));
  EXPECT_EQ(source.heard, (std::vector<Frames>{{0, 3000}, {400, 2600}}));
}

TEST_F(LongFormLoop, HearsNothingOfAnEmptySound) {
  ScriptedSource source(0, {result({'a'})});
  Recorder recorder;
  const auto made = transcribe(source, *tokenizer_, {}, recorder);
  ASSERT_OK(made);
  EXPECT_TRUE(source.heard.empty());
  EXPECT_EQ(made->text, "");
  EXPECT_EQ(made->language, "");
  EXPECT_TRUE(recorder.progress.empty());
}

// The reference would hear this for ever.
TEST_F(LongFormLoop, LeavesAWindowThatAdvancesByNothing) {
  ScriptedSource source(4000, {result({'a', at(0), at(0), 'b'})});
  ASSERT_OK(run(source));
  EXPECT_EQ(source.heard, (std::vector<Frames>{{0, 3000}, {3000, 1000}}));
}

TEST_F(LongFormLoop, SkipsSilenceUnlessTheTextIsLikely) {
  DecodingResult silent = result({'a'});
  silent.no_speech_prob = 0.61;
  silent.avg_logprob = -1.0;
  ScriptedSource source(3000, {silent});
  EXPECT_EQ(run(source)->segments.size(), 0U);
  silent.avg_logprob = -0.99;
  ScriptedSource likely(3000, {silent});
  EXPECT_EQ(run(likely)->text, "a");
  silent.avg_logprob = -2;
  silent.no_speech_prob = 0.6;
  ScriptedSource spoken(3000, {silent});
  EXPECT_EQ(run(spoken)->text, "a");
  LongFormOptions options;
  options.no_speech_threshold = std::nullopt;
  silent.no_speech_prob = 1;
  ScriptedSource unasked(3000, {silent});
  EXPECT_EQ(run(unasked, options)->text, "a");
  options = {};
  options.logprob_threshold = std::nullopt;
  silent.avg_logprob = -0.1;
  ScriptedSource unconditional(3000, {silent});
  EXPECT_EQ(run(unconditional, options)->text, "");
}

TEST_F(LongFormLoop, EmptiesSegmentsThatSayNothing) {
  ScriptedSource source(
      3000, {result({at(0), 'a', at(1), at(2), 'b', at(2), at(3), ' ', at(4), at(5), 'c', at(6)})});
  const auto made = run(source);
  ASSERT_OK(made);
  ASSERT_EQ(made->segments.size(), 4U);
  EXPECT_EQ(made->text, "ac");
  EXPECT_EQ(text_of(made->segments), "ac");
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(made->segments[i].id, i);
    EXPECT_EQ(made->segments[i].text, "");
    EXPECT_TRUE(made->segments[i].tokens.empty());
    EXPECT_TRUE(made->segments[i].token_log_probabilities.empty());
  }
  EXPECT_EQ(made->segments[1].start, 2);
  EXPECT_EQ(made->segments[2].end, 4);
}

TEST_F(LongFormLoop, KeepsACharacterWholeAcrossSegments) {
  ScriptedSource source(3000, {result({at(0), 0xC3, at(1), at(1), 0xA9, at(2)})});
  const auto made = run(source);
  ASSERT_OK(made);
  EXPECT_EQ(made->text, "\u00E9");
  EXPECT_EQ(text_of(made->segments), "\uFFFD\uFFFD");
}

TEST_F(LongFormLoop, PromptsWithTheTextBefore) {
  const std::vector<DecodingResult> results = {result({'a', 'b'}), result({'c'}),
                                               result({'d'}, 0.6), result({'e'}, 0.5)};
  ScriptedSource source(15000, results);
  ASSERT_OK(run(source));
  EXPECT_EQ(source.prompts, (std::vector<Ids>{{}, {'a', 'b'}, {'a', 'b', 'c'}, {}, {'e'}}));

  LongFormOptions options;
  options.initial_prompt = "\u3000x y\n";
  ScriptedSource initial(15000, results);
  const auto made = run(initial, options);
  ASSERT_OK(made);
  EXPECT_EQ(initial.prompts, (std::vector<Ids>{{' ', 'x', ' ', 'y'},
                                               {' ', 'x', ' ', 'y', 'a', 'b'},
                                               {' ', 'x', ' ', 'y', 'a', 'b', 'c'},
                                               {},
                                               {'e'}}));
  EXPECT_EQ(made->text, "abcdee");

  options.condition_on_previous_text = false;
  ScriptedSource alone(9000, results);
  ASSERT_OK(run(alone, options));
  EXPECT_EQ(alone.prompts, (std::vector<Ids>{{' ', 'x', ' ', 'y'}, {}, {}}));
}

TEST_F(LongFormLoop, CarriesTheInitialPromptWithinItsRoom) {
  LongFormOptions options;
  options.carry_initial_prompt = true;
  const auto second_prompt = [&](const std::string& initial) {
    options.initial_prompt = initial;
    ScriptedSource source(6000, {result({'a', 'b', 'c', 'd'})});
    EXPECT_TRUE(run(source, options).has_value());
    return std::string(source.prompts[1].begin(), source.prompts[1].end());
  };
  EXPECT_EQ(second_prompt("xyz"), " xyzabcd");
  EXPECT_EQ(second_prompt("uvwxyz"), " uvwxyzcd");
  // As the reference slices: without room all of it, with less than none all but the first.
  EXPECT_EQ(second_prompt("stuvwxyz"), " stuvwxyzabcd");
  EXPECT_EQ(second_prompt("rstuvwxyz"), " rstuvwxyzbcd");
  EXPECT_EQ(second_prompt("lmnopqrstuvwxyz"), " lmnopqrstuvwxyz");
}

TEST_F(LongFormLoop, HearsTheClipsOnly) {
  LongFormOptions options;
  options.clip_timestamps = {50, 90, 1.005, 2.5, 3, 3, 6, 5, 60, 1e300};
  ScriptedSource source(7000, {result({'a'})});
  Recorder recorder;
  ASSERT_OK(transcribe(source, *tokenizer_, options, recorder));
  // 100.5 frames: to the even one.
  EXPECT_EQ(source.heard, (std::vector<Frames>{{5000, 2000}, {100, 150}, {6000, 1000}}));
  EXPECT_EQ(recorder.progress, (std::vector<Frames>{{2000, 3150}, {2150, 3150}, {3150, 3150}}));
  options.clip_timestamps = {65};
  ScriptedSource open(7000, {result({'a'})});
  ASSERT_OK(run(open, options));
  EXPECT_EQ(open.heard, (std::vector<Frames>{{6500, 500}}));
  options.clip_timestamps = {70};
  ScriptedSource beyond(7000, {result({'a'})});
  ASSERT_OK(run(beyond, options));
  EXPECT_TRUE(beyond.heard.empty());
}

TEST_F(LongFormLoop, RefusesOptionsOutOfRange) {
  ScriptedSource source(7000, {result({'a'})});
  for (const double bad :
       {-0.01, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    LongFormOptions options;
    options.clip_timestamps = {0, bad};
    EXPECT_ERROR(run(source, options), ErrorCode::kInvalidArgument, "clip_timestamps[1] is ");
  }
  for (const double bad : {-0.01, std::numeric_limits<double>::quiet_NaN()}) {
    LongFormOptions options;
    options.hallucination_silence_threshold = bad;
    EXPECT_ERROR(run(source, options), ErrorCode::kInvalidArgument,
                 "hallucination_silence_threshold is ");
  }
  EXPECT_TRUE(source.heard.empty());
}

TEST_F(LongFormLoop, EndsWithTheErrorOfItsSource) {
  Recorder recorder;
  ScriptedSource encode(9000, {result({'a'})});
  encode.fail_encode = 2;
  EXPECT_ERROR(transcribe(encode, *tokenizer_, {}, recorder), ErrorCode::kIo, "no sound");
  EXPECT_EQ(recorder.segments.size(), 2U);
  ScriptedSource decode(9000, {result({'a'})});
  decode.fail_decode = 1;
  EXPECT_ERROR(run(decode), ErrorCode::kInternal, "no tokens");
  LongFormOptions options;
  options.word_timestamps = true;
  ScriptedSource align(9000, {result({'a'})});
  align.fail_align = true;
  EXPECT_ERROR(run(align, options), ErrorCode::kUnsupported, "no heads");
  ScriptedSource wordless(3000, {result({at(1)})});
  wordless.fail_align = true;
  ASSERT_OK(run(wordless, options));  // no text, nothing to align
}

TEST_F(LongFormLoop, TellsOfSegmentsAndProgressAsItGoes) {
  DecodingResult cut = result({at(0), 'b', at(1), at(2), ' '});
  cut.token_log_probabilities = {-1, -2, -3, -4, -5};
  cut.truncated = true;
  DecodingResult last = result({'c'});
  last.truncated = true;
  DecodingResult silent = result({});
  silent.no_speech_prob = 1;
  silent.avg_logprob = -3;
  ScriptedSource source(6150, {silent, cut, last, result({'d'})});
  Recorder recorder;
  const auto made = transcribe(source, *tokenizer_, {}, recorder);
  ASSERT_OK(made);
  EXPECT_EQ(recorder.progress,
            (std::vector<Frames>{{3000, 6150}, {3100, 6150}, {6100, 6150}, {6150, 6150}}));
  ASSERT_EQ(recorder.segments.size(), 3U);
  EXPECT_EQ(recorder.segments[0].text, "b");
  EXPECT_EQ(recorder.segments[0].token_log_probabilities, (std::vector<float>{-1, -2, -3}));
  EXPECT_FALSE(recorder.segments[0].truncated);
  EXPECT_TRUE(recorder.segments[1].truncated);
  EXPECT_FALSE(recorder.segments[2].truncated);
  EXPECT_EQ(recorder.segments[2].id, 2U);
}

TEST_F(LongFormLoop, GoesOnAfterTheLastWord) {
  LongFormOptions options;
  options.word_timestamps = true;
  ScriptedSource source(3100, {result({'a'}), result({})});
  const auto made = run(source, options);
  ASSERT_OK(made);
  EXPECT_EQ(source.heard, (std::vector<Frames>{{0, 3000}, {150, 2950}}));
  ASSERT_EQ(made->segments[0].words.size(), 1U);
  EXPECT_EQ(made->segments[0].words[0].word, "a");
  EXPECT_EQ(made->segments[0].start, 1);
  EXPECT_EQ(made->segments[0].end, 1.5);
  // A time that stands alone at the end says that no one speaks after it.
  ScriptedSource ended(3100, {result({at(0), 'a', at(2)}), result({})});
  ASSERT_OK(run(ended, options));
  EXPECT_EQ(ended.heard, (std::vector<Frames>{{0, 3000}, {3000, 100}}));
}

}  // namespace
}  // namespace sotto::decode
