#include "lib/audio/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "lib/audio/audio.h"
#include "tests/support/npy.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace sotto::audio {
namespace {

constexpr std::size_t k30s = 480000;

std::vector<float> noise(std::size_t count, float scale = 0.1F) {
  std::mt19937 random(3);
  std::normal_distribution<float> sample(0.0F, scale);
  std::vector<float> out(count);
  std::generate(out.begin(), out.end(), [&] { return sample(random); });
  return out;
}

// The formula of log_mel.h on any index, in double. `at(n)` is the padded sound's sample n.
template <typename At>
std::vector<double> frame_by_definition(const At& at, std::size_t frame,
                                        const MelFilters& filters) {
  std::vector<double> power;
  for (std::size_t k = 0; k < kFftBins; ++k) {
    std::complex<double> sum = 0;
    for (std::size_t n = 0; n < kFftSamples; ++n) {
      const double turn = 2 * std::numbers::pi / kFftSamples;
      const double hann = 0.5 * (1 - std::cos(turn * static_cast<double>(n)));
      const auto index = static_cast<std::ptrdiff_t>(frame * kMelHop + n) - 200;
      sum += hann * at(index) * std::polar(1.0, -turn * static_cast<double>(k * n % kFftSamples));
    }
    power.push_back(std::norm(sum));
  }
  std::vector<double> out;
  for (std::size_t band = 0; band < filters.bands(); ++band) {
    const MelFilters::Row row = filters.row(band);
    double mel = 0;
    for (std::size_t i = 0; i < row.count; ++i) {
      mel += static_cast<double>(row.weights[i]) * power[row.first + i];
    }
    out.push_back(std::log10(std::max(mel, 1e-10)));
  }
  return out;
}

// log_mel() by definition, of `length` samples with the padding.
std::vector<double> by_definition(const std::vector<float>& samples, std::size_t length,
                                  std::size_t bands) {
  const MelFilters filters(bands);
  const auto at = [&](std::ptrdiff_t n) {
    const auto size = static_cast<std::ptrdiff_t>(length);
    if (n < 0) n = -n;
    if (n >= size) n = 2 * (size - 1) - n;
    if (n < 0 || n >= static_cast<std::ptrdiff_t>(samples.size())) return 0.0;
    return static_cast<double>(samples[static_cast<std::size_t>(n)]);
  };
  std::vector<double> all;
  for (std::size_t frame = 0; frame < length / kMelHop; ++frame) {
    const std::vector<double> x = frame_by_definition(at, frame, filters);
    all.insert(all.end(), x.begin(), x.end());
  }
  if (all.empty()) return all;
  const double most = *std::max_element(all.begin(), all.end());
  for (double& x : all) x = (std::max(x, most - 8) + 4) / 4;
  return all;
}

// Against [bands, frames]; as many frames as that has.
void expect_golden(const std::vector<float>& actual, const std::string& name, std::size_t bands) {
  const test::Npy golden =
      test::read_npy(test::shared_root() / "golden/whisper/mel" / (name + ".npy"));
  ASSERT_EQ(golden.shape.size(), 2U);
  ASSERT_EQ(golden.shape[0], bands);
  const std::size_t frames = golden.shape[1];
  ASSERT_GE(actual.size(), frames * bands);
  float worst = 0;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t band = 0; band < bands; ++band) {
      worst = std::max(
          worst, std::fabs(actual[frame * bands + band] - golden.values[band * frames + frame]));
    }
  }
  EXPECT_LT(worst, 1e-4F) << name;
  testing::Test::RecordProperty(name, std::to_string(worst));
}

std::vector<float> golden_sound(const std::string& name) {
  const auto sound = read_file(test::shared_root() / "golden/audio" / (name + ".wav"));
  EXPECT_TRUE(sound) << sound.error().message;
  return sound ? sound->samples : std::vector<float>();
}

TEST(MelFilters, AreTheReferences) {
  SOTTO_NEEDS_SHARED("golden/whisper/mel");
  for (const std::size_t bands : {80U, 128U}) {
    const test::Npy golden = test::read_npy(test::shared_root() / "golden/whisper/mel" /
                                            ("mel_filters_" + std::to_string(bands) + ".npy"));
    ASSERT_EQ(golden.shape, (std::vector<std::size_t>{bands, kFftBins}));
    const MelFilters filters(bands);
    std::vector<float> dense(bands * kFftBins);
    for (std::size_t band = 0; band < bands; ++band) {
      const MelFilters::Row row = filters.row(band);
      std::copy_n(row.weights, row.count, dense.data() + band * kFftBins + row.first);
    }
    // Weights are at most 0.026, half an ulp of which is 9e-10; the reference rounds twice more.
    for (std::size_t i = 0; i < dense.size(); ++i) ASSERT_NEAR(dense[i], golden.values[i], 4e-9F);
  }
}

// Of ten bands the narrowest is 548 Hz wide, 13 bins: their sum is its area but for (1 / 13)^2.
TEST(MelFilters, HaveAreaOneAndRiseWithTheBand) {
  const MelFilters filters(10);
  ASSERT_EQ(filters.bands(), 10U);
  for (std::size_t band = 0; band < 10; ++band) {
    const MelFilters::Row row = filters.row(band);
    const float sum = std::accumulate(row.weights, row.weights + row.count, 0.0F);
    EXPECT_NEAR(sum * 40, 1.0F, 0.006F) << band;  // bins are 40 Hz apart
    if (band > 0) {
      EXPECT_GT(row.first, filters.row(band - 1).first);
    }
  }
  const MelFilters::Row last = filters.row(9);
  EXPECT_EQ(last.first + last.count, kFftBins - 1);  // 0 at 8 kHz
}

TEST(LogMelGolden, IsTheReferences) {
  SOTTO_NEEDS_SHARED("golden/whisper/mel");
  const std::vector<float> jfk = golden_sound("jfk");
  ASSERT_LE(jfk.size(), k30s);
  for (const std::size_t bands : {80U, 128U}) {
    const std::string tag = std::to_string(bands);
    expect_golden(log_mel(jfk, k30s - jfk.size(), bands), "jfk_" + tag + "_pad30s", bands);
    expect_golden(log_mel(golden_sound("chirp_1s"), 0, bands), "chirp1s_" + tag + "_nopad", bands);
    expect_golden(log_mel(std::vector<float>(16000), 0, bands), "silence1s_" + tag + "_nopad",
                  bands);
  }
  expect_golden(log_mel(golden_sound("odd_37555"), 0, 80), "odd37555_80_nopad", 80);
  expect_golden(log_mel(jfk, k30s, 80), "jfk_80_transcribe_mode_first1140", 80);
}

// f32 is off by 1e-6 of the strongest bin's amplitude or so; noise is near that in every band, so
// that the logarithm hardly enlarges it.
constexpr double kNoiseTolerance = 2e-5;

TEST(LogMel, IsTheDefinitionAtBothEnds) {
  for (const std::size_t size : {201U, 359U, 360U, 399U, 400U, 1000U, 2719U, 2720U}) {
    const std::vector<float> samples = noise(size);
    const std::vector<float> actual = log_mel(samples, 0, 80);
    const std::vector<double> expected = by_definition(samples, size, 80);
    ASSERT_EQ(actual.size(), expected.size()) << size;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(actual[i]), expected[i], kNoiseTolerance)
          << size << " samples, frame " << i / 80 << ", band " << i % 80;
    }
  }
}

TEST(LogMel, ShortSoundsArePaddedFirst) {
  for (const std::size_t size : {0U, 1U, 159U, 160U, 199U, 200U, 201U, 399U, 400U}) {
    const std::vector<float> samples = noise(size);
    const std::vector<float> actual = log_mel(samples, k30s, 80);
    ASSERT_EQ(actual.size(), (3000 + size / 160) * 80) << size;
    // A little silence stands for the thirty seconds.
    const std::vector<double> expected = by_definition(samples, size + 800, 80);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(actual[i]), expected[i], kNoiseTolerance)
          << size << " samples, frame " << i / 80 << ", band " << i % 80;
    }
    const auto after = actual.begin() + 5 * 80;
    EXPECT_TRUE(std::all_of(after, actual.end(), [&](float x) { return x == *after; })) << size;
  }
}

TEST(LogMel, WithoutPaddingVeryShortSoundsAreDefined) {
  for (const std::size_t size : {0U, 1U, 159U}) EXPECT_TRUE(log_mel(noise(size), 0, 80).empty());
  for (const std::size_t size : {160U, 199U, 200U}) {
    const std::vector<float> mel = log_mel(noise(size), 0, 80);
    ASSERT_EQ(mel.size(), 80U);
    for (const float x : mel) EXPECT_TRUE(std::isfinite(x));
  }
}

TEST(LogMel, SilenceIsExactlyTheFloor) {
  for (const float x : log_mel({}, k30s, 128)) ASSERT_EQ(x, -1.5F);
}

TEST(LogMel, AFrameDoesNotDependOnTheOthers) {
  constexpr std::size_t kFrames = 3 * kFftLanes + 5;
  const std::vector<float> samples = noise((kFrames - 1) * kMelHop + kFftSamples);
  LogMel log_mel(80);
  std::vector<float> together(kFrames * 80);
  log_mel(samples, kFrames, together);
  std::vector<float> alone(80);
  for (std::size_t frame = 0; frame < kFrames; ++frame) {
    log_mel(std::span(samples).subspan(frame * kMelHop, kFftSamples), 1, alone);
    const auto* expected = together.data() + frame * 80;
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), expected)) << frame;
  }
}

TEST(LogMel, IsFiniteWhateverTheSamplesAre) {
  for (const float value : {std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::denorm_min(), 1e19F, -1e-30F}) {
    std::vector<float> samples(1600);
    for (std::size_t i = 0; i < samples.size(); i += 3) samples[i] = value;
    for (const float x : log_mel(samples, 0, 80)) ASSERT_TRUE(std::isfinite(x)) << value;
  }
}

// A hundredth of the amplitude is 1e-4 of the power: 4 less in the logarithm, of which a quarter.
TEST(LogMel, AHundredthOfTheAmplitudeIsOneLess) {
  std::vector<float> samples(16000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double turns = static_cast<double>(i) * 1000 / 16000;
    samples[i] =
        static_cast<float>((i < 8000 ? 0.5 : 0.005) * std::sin(2 * std::numbers::pi * turns));
  }
  const std::vector<float> mel = log_mel(samples, 0, 80);
  const auto peak = [&](std::size_t frame) {
    return *std::max_element(mel.begin() + static_cast<std::ptrdiff_t>(frame * 80),
                             mel.begin() + static_cast<std::ptrdiff_t>(frame * 80 + 80));
  };
  EXPECT_NEAR(peak(25) - peak(75), 1.0F, 1e-4F);
}

}  // namespace
}  // namespace sotto::audio
