// Hooks: what they see, when they are asked, and that a session survives what they do.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

#include "tests/api/models.h"
#include "tests/support/random_moonshine.h"

namespace sotto {
namespace {

using namespace test;

class Hooks : public testing::TestWithParam<bool> {
 protected:
  const Model& model() const { return GetParam() ? random_whisper_model() : digits(); }
  Result<Transcript> hear(Session& session, const TranscribeHooks& hooks) const {
    return session.transcribe(sound_.samples, sound_.sample_rate, options_for(model()), hooks);
  }
  const Sound sound_ = demo_sound();
};
INSTANTIATE_TEST_SUITE_P(Models, Hooks, testing::Bool(), [](const auto& whisper) {
  return whisper.param ? "Whisper" : "Moonshine";
});

TEST_P(Hooks, AbortIsAskedInEveryLayerAndStopsThere) {
  Session session = session_of(model());
  int asked = 0;
  TranscribeHooks hooks;
  hooks.abort = [&] { return ++asked, false; };
  const auto whole = hear(session, hooks);
  ASSERT_OK(whole);
  const ModelSizes& sizes = model().info().sizes;
  const std::size_t tokens = tokens_of(*whole).size();
  ASSERT_GT(tokens, 0U);
  EXPECT_GE(static_cast<std::size_t>(asked),
            2 * (sizes.encoder_layers + sizes.decoder_layers * tokens));

  // Once is enough: the hook need not say it again.
  const int all = asked;
  for (int stop = 1; stop <= all; stop += 1 + all / 40) {
    asked = 0;
    int after = 0;
    hooks.abort = [&] {
      if (asked >= stop) ++after;
      return ++asked == stop;
    };
    EXPECT_ERROR(hear(session, hooks), ErrorCode::kAborted, "aborted");
    EXPECT_EQ(after, 0) << "asked again after it said so";
  }
  const auto again = hear(session, {});
  ASSERT_OK(again);
  EXPECT_EQ(tokens_of(*again), tokens_of(*whole));
  EXPECT_EQ(again->text, whole->text);
}

TEST_P(Hooks, AbortFromAnotherThreadStops) {
  Session session = session_of(model());
  std::atomic<bool> stop = false;
  TranscribeHooks hooks;
  hooks.abort = [&] { return stop.load(std::memory_order_relaxed); };
  std::thread other([&] { stop = true; });
  Result<Transcript> got = hear(session, hooks);
  while (got) got = hear(session, hooks);
  EXPECT_ERROR(got, ErrorCode::kAborted, "aborted");
  other.join();
}

TEST_P(Hooks, ALogitFilterHasTheLastWord) {
  Session session = session_of(model());
  const auto whole = hear(session, {});
  ASSERT_OK(whole);
  const std::int32_t banned = tokens_of(*whole).front();
  std::size_t calls = 0;
  TranscribeHooks hooks;
  hooks.logits = [&](std::span<const std::int32_t> tokens, std::span<float> logits) {
    ++calls;
    EXPECT_EQ(logits.size(), model().info().vocabulary);
    EXPECT_LT(tokens.size(), 448U);
    logits[static_cast<std::size_t>(banned)] = -std::numeric_limits<float>::infinity();
  };
  const auto without = hear(session, hooks);
  ASSERT_OK(without);
  EXPECT_GE(calls, tokens_of(*without).size());
  EXPECT_EQ(std::ranges::count(tokens_of(*without), banned), 0);
  const auto again = hear(session, {});
  ASSERT_OK(again);
  EXPECT_EQ(tokens_of(*again), tokens_of(*whole));
}

TEST_P(Hooks, WhatAHookThrowsEndsTheTranscription) {
  Session session = session_of(model());
  TranscribeHooks hooks[4];
  hooks[0].abort = []() -> bool { throw std::runtime_error("the caller's own"); };
  hooks[1].logits = [](auto, auto) { throw std::runtime_error("the caller's own"); };
  hooks[2].progress = [](double) { throw std::runtime_error("the caller's own"); };
  hooks[3].log = [](LogLevel, std::string_view) { throw std::runtime_error("the caller's own"); };
  for (const TranscribeHooks& throwing : hooks) {
    EXPECT_ERROR(hear(session, throwing), ErrorCode::kInternal, "the caller's own");
  }
  EXPECT_TRUE(hear(session, {}));
}

TEST_P(Hooks, ProgressGrowsToOneAndSaysSoOnce) {
  Session session = session_of(model());
  std::vector<double> progress;
  TranscribeHooks hooks;
  hooks.progress = [&](double share) { progress.push_back(share); };
  const std::vector<float> minutes = test_sound(100 * 16000);
  ASSERT_OK(session.transcribe(minutes, 16000, options_for(model()), hooks));
  EXPECT_GT(progress.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(progress));
  EXPECT_EQ(progress.back(), 1.0);
  EXPECT_EQ(std::ranges::count(progress, 1.0), 1);
  EXPECT_GE(progress.front(), 0.0);
}

TEST(HooksOfWhisper, ProgressOfNothingIsOne) {
  Session session = session_of(random_whisper_model());
  std::vector<double> progress;
  TranscribeHooks hooks;
  hooks.progress = [&](double share) { progress.push_back(share); };
  ASSERT_OK(session.transcribe({}, 16000, {}, hooks));
  EXPECT_EQ(progress, std::vector{1.0});
}

TEST(HooksOfWhisper, TheRulesComeBeforeTheLogitFilter) {
  Session session = session_of(random_whisper_model());
  TranscribeOptions options = options_for(random_whisper_model());
  options.suppress_tokens = "7";
  bool suppressed = true;
  TranscribeHooks hooks;
  hooks.logits = [&](std::span<const std::int32_t>, std::span<float> logits) {
    suppressed = suppressed && logits[7] == -std::numeric_limits<float>::infinity();
  };
  const Sound sound = demo_sound();
  ASSERT_OK(session.transcribe(sound.samples, sound.sample_rate, options, hooks));
  EXPECT_TRUE(suppressed);
}

TEST(HooksOfWhisper, LogTellsOfTextThatWasCutShort) {
  Session session = session_of(random_whisper_model());
  std::string warnings;
  TranscribeHooks hooks;
  hooks.log = [&](LogLevel level, std::string_view line) {
    EXPECT_EQ(line.find('\n'), std::string_view::npos);
    if (level == LogLevel::kWarning) warnings += line;
  };
  const Sound sound = demo_sound();
  const auto got = session.transcribe(sound.samples, sound.sample_rate,
                                      options_for(random_whisper_model()), hooks);
  ASSERT_OK(got);
  const bool cut = std::ranges::any_of(got->segments, &Segment::truncated);
  EXPECT_EQ(cut, warnings.find("words may be missing") != std::string::npos) << warnings;
}

// Run under TSan as well.
TEST(HooksOfMoonshine, SessionsWithHooksRunInParallel) {
  const Sound sound = demo_sound();
  std::atomic<bool> stop = false;
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (std::string& text : texts) {
    threads.emplace_back([&] {
      Session session = session_of(digits(), {.threads = 2});
      TranscribeHooks hooks;
      hooks.segment = [&](const Segment& segment) { text = segment.text; };
      hooks.abort = [&] { return stop.load(); };
      hooks.logits = [](auto, auto) {};
      for (int i = 0; i < 2; ++i) {
        text.clear();
        const auto got = session.transcribe(sound.samples, sound.sample_rate, {}, hooks);
        EXPECT_TRUE(got);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, kSaid);
}

}  // namespace
}  // namespace sotto
