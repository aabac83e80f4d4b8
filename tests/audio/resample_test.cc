#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "lib/audio/audio.h"
#include "tests/audio/needs.h"
#include "tests/support/temp_folder.h"

namespace sotto::audio {
namespace {

constexpr double kTau = 2 * std::numbers::pi;

std::vector<float> sine(double hertz, int rate, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(0.5 * std::sin(kTau * hertz * static_cast<double>(i) / rate));
  }
  return samples;
}

std::string refused(int from_rate, int to_rate) {
  const auto result = resample(std::vector<float>(8), from_rate, to_rate);
  return result ? "no error" : result.error().message;
}

TEST(Resample, EqualRatesCopy) {
  const std::vector<float> samples = {0.5F, -0.25F, 1.0F};
  const auto same = resample(samples, 44100, 44100);
  ASSERT_TRUE(same);
  EXPECT_EQ(*same, samples);
}

TEST(Resample, RefusesRatesThatAreNone) {
  for (const auto& [from, to] : {std::pair(0, 16000),
                                 {16000, 0},
                                 {-1, 16000},
                                 {768001, 16000},
                                 {16000, 768001},
                                 {1, 256},
                                 {256, 1},
                                 {1, 16000}}) {
    EXPECT_NE(refused(from, to).find("cannot resample from"), std::string::npos)
        << from << " " << to;
  }
}

TEST(Resample, SaysWhereItCannot) {
#ifdef SOTTO_WITH_SAMPLERATE
  EXPECT_EQ(refused(8000, 16000), "no error");
#else
  EXPECT_EQ(refused(8000, 16000),
            "cannot resample from 8000 to 16000 Hz: sotto was built without libsamplerate");
#endif
}

// The middle second is compared with the sine itself at the new rate, sample by sample: frequency,
// amplitude and delay at once. The converter's documented error is -121 dB of full scale; 1e-4 is
// -80 dB, what is left for the float arithmetic and the sine's own rounding.
TEST(Resample, KeepsASine) {
  SOTTO_NEEDS_SAMPLERATE();
  for (const int from : {8000, 11025, 22050, 44100, 48000, 96000}) {
    for (const double hertz : {50.0, 440.0, 3000.0}) {
      const auto count = static_cast<std::size_t>(3 * from);
      const auto result = resample(sine(hertz, from, count), from, 16000);
      ASSERT_TRUE(result) << result.error().message;
      ASSERT_EQ(result->size(), 48000U);
      const std::vector<float> expected = sine(hertz, 16000, 48000);
      float worst = 0.0F;
      for (std::size_t i = 16000; i < 32000; ++i) {
        worst = std::max(worst, std::fabs((*result)[i] - expected[i]));
      }
      EXPECT_LT(worst, 1e-4F) << hertz << " Hz from " << from;
    }
  }
}

TEST(Resample, LongSoundsHaveNoSeams) {
  SOTTO_NEEDS_SAMPLERATE();
  for (const auto& [from, to] : {std::pair(8000, 16000), {48000, 16000}}) {
    const auto count = static_cast<std::size_t>(60 * from);
    const auto result = resample(sine(440.0, from, count), from, to);
    ASSERT_TRUE(result) << result.error().message;
    const std::vector<float> expected = sine(440.0, to, result->size());
    float worst = 0.0F;
    for (std::size_t i = 1000; i + 1000 < result->size(); ++i) {
      worst = std::max(worst, std::fabs((*result)[i] - expected[i]));
    }
    EXPECT_LT(worst, 1e-4F) << "from " << from;
  }
}

TEST(Resample, RemovesWhatTheNewRateCannotHold) {
  SOTTO_NEEDS_SAMPLERATE();
  const auto result = resample(sine(11000, 48000, 96000), 48000, 16000);
  ASSERT_TRUE(result) << result.error().message;
  float worst = 0.0F;
  for (std::size_t i = 8000; i < 24000; ++i) worst = std::max(worst, std::fabs((*result)[i]));
  EXPECT_LT(worst, 1e-4F);
}

TEST(Resample, LengthIsTheRatioOfTheRates) {
  SOTTO_NEEDS_SAMPLERATE();
  for (const std::size_t count : {0U, 1U, 2U, 3U, 100U, 44101U, 200000U}) {
    const auto result = resample(std::vector<float>(count), 44100, 16000);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->size(),
              static_cast<std::size_t>(std::llround(static_cast<double>(count) * 16000 / 44100)));
  }
}

TEST(CheckSamples, NamesTheFirstThatIsNoNumber) {
  EXPECT_TRUE(check_samples("x", {}));
  EXPECT_TRUE(check_samples("x", std::vector<float>{0.0F, 5.0F}));
  EXPECT_EQ(check_samples("x", std::vector<float>{0.0F, NAN, INFINITY}).error().message,
            "x: sample 1 is not a number");
  EXPECT_EQ(check_samples("x", std::vector<float>{-INFINITY}).error().message,
            "x: sample 0 is infinite");
  EXPECT_EQ(check_samples("x", std::vector<float>{1.0F, NAN}, 5000000000).error().message,
            "x: sample 5000000001 is not a number");
}

// Silence beyond the ends would be a step there: ffmpeg mirrors the sound, and so do we.
TEST(Resample, WhatIsConstantStaysSoToItsEnds) {
  SOTTO_NEEDS_SAMPLERATE();
  for (const int rate : {8000, 11025, 22050, 32000, 44100, 48000, 96000}) {
    SCOPED_TRACE(rate);
    const std::vector<float> ones(static_cast<std::size_t>(rate) / 10, 1.0F);
    const Result<std::vector<float>> made = resample(ones, rate, 16000);
    ASSERT_OK(made);
    ASSERT_EQ(made->size(), ones.size() * 16000 / static_cast<std::size_t>(rate));
    // The filter's ripple; a step would be off by half.
    for (const float v : *made) ASSERT_NEAR(v, 1.0F, 1e-3F);
  }
}

TEST(Resample, TakesSoundsShorterThanTheFilter) {
  SOTTO_NEEDS_SAMPLERATE();
  for (std::size_t count = 0; count <= 5; ++count) {
    const std::vector<float> few(count, 0.5F);
    const Result<std::vector<float>> made = resample(few, 8000, 16000);
    ASSERT_OK(made);
    EXPECT_EQ(made->size(), 2 * count);
    for (const float v : *made) EXPECT_LE(std::fabs(v), 0.75F);
  }
}

}  // namespace
}  // namespace sotto::audio
