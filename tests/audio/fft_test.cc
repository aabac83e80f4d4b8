#include "lib/audio/fft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <random>
#include <unsupported/Eigen/FFT>
#include <vector>

namespace sotto::audio {
namespace {

using Frame = std::vector<float>;  // [kFftSamples]

// The power spectrum of every frame, one a lane.
std::vector<std::vector<float>> spectra(const std::vector<Frame>& frames) {
  std::vector<float> x(kFftSamples * kFftLanes);
  std::vector<float> power(kFftBins * kFftLanes, -1.0F);
  for (std::size_t lane = 0; lane < frames.size(); ++lane) {
    for (std::size_t n = 0; n < kFftSamples; ++n) x[n * kFftLanes + lane] = frames[lane][n];
  }
  PowerSpectrum()(x, power);
  std::vector<std::vector<float>> out(frames.size());
  for (std::size_t lane = 0; lane < frames.size(); ++lane) {
    for (std::size_t k = 0; k < kFftBins; ++k) out[lane].push_back(power[k * kFftLanes + lane]);
  }
  return out;
}

// By definition, in double.
std::vector<double> dft_power(const Frame& frame) {
  std::vector<double> power;
  for (std::size_t k = 0; k < kFftBins; ++k) {
    std::complex<double> sum = 0;
    for (std::size_t n = 0; n < kFftSamples; ++n) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(k * n % kFftSamples) /
                           static_cast<double>(kFftSamples);
      sum += static_cast<double>(frame[n]) * std::polar(1.0, angle);
    }
    power.push_back(std::norm(sum));
  }
  return power;
}

std::vector<double> eigen_power(const Frame& frame) {
  Eigen::FFT<double> fft;
  const std::vector<double> in(frame.begin(), frame.end());
  std::vector<std::complex<double>> out;
  fft.fwd(out, in);
  std::vector<double> power;
  for (std::size_t k = 0; k < kFftBins; ++k) power.push_back(std::norm(out[k]));
  return power;
}

std::vector<Frame> noise(std::size_t count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> sample(-1.0F, 1.0F);
  std::vector<Frame> frames(count, Frame(kFftSamples));
  for (Frame& frame : frames)
    std::generate(frame.begin(), frame.end(), [&] { return sample(random); });
  return frames;
}

// A transform of N points by log2(N) exact steps of rounded arithmetic is off by at most
// eps log2(N) sqrt(N) |x| in a bin (Higham, Accuracy and Stability, 24.1, with a constant near 1).
void expect_close(const std::vector<float>& actual, const std::vector<double>& expected,
                  const Frame& frame) {
  double energy = 0;
  for (const float x : frame) energy += double{x} * double{x};
  const double slack = std::numeric_limits<float>::epsilon() * std::log2(double{kFftSamples}) *
                       std::sqrt(kFftSamples * energy);
  for (std::size_t k = 0; k < kFftBins; ++k) {
    const double tolerance = 2 * std::sqrt(expected[k]) * slack + slack * slack;
    ASSERT_NEAR(static_cast<double>(actual[k]), expected[k], tolerance) << "bin " << k;
  }
}

TEST(PowerSpectrum, IsTheDefinitionAndEigens) {
  const std::vector<Frame> frames = noise(kFftLanes);
  const auto actual = spectra(frames);
  for (std::size_t lane = 0; lane < kFftLanes; ++lane) {
    expect_close(actual[lane], dft_power(frames[lane]), frames[lane]);
    expect_close(actual[lane], eigen_power(frames[lane]), frames[lane]);
  }
}

// Every sample reaches every bin with weight 1: no table or row is out of place.
TEST(PowerSpectrum, AnImpulseIsFlatWhereverItIs) {
  for (std::size_t first = 0; first < kFftSamples; first += kFftLanes) {
    std::vector<Frame> frames(kFftLanes, Frame(kFftSamples));
    for (std::size_t lane = 0; lane < kFftLanes; ++lane) frames[lane][first + lane] = 1.0F;
    const auto actual = spectra(frames);
    for (std::size_t lane = 0; lane < kFftLanes; ++lane) {
      expect_close(actual[lane], std::vector<double>(kFftBins, 1.0), frames[lane]);
    }
  }
}

TEST(PowerSpectrum, AWaveIsInItsBinAlone) {
  for (std::size_t first = 0; first < kFftBins; first += kFftLanes) {
    const std::size_t lanes = std::min(kFftLanes, kFftBins - first);
    std::vector<Frame> frames(lanes, Frame(kFftSamples));
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (std::size_t n = 0; n < kFftSamples; ++n) {
        const double turns = static_cast<double>((first + lane) * n % kFftSamples) / kFftSamples;
        frames[lane][n] = static_cast<float>(std::cos(2 * std::numbers::pi * turns));
      }
    }
    const auto actual = spectra(frames);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      std::vector<double> expected(kFftBins, 0.0);
      const bool is_edge = first + lane == 0 || first + lane == kFftBins - 1;
      expected[first + lane] = is_edge ? 160000 : 40000;  // the sum of |cos|, squared
      expect_close(actual[lane], expected, frames[lane]);
    }
  }
}

TEST(PowerSpectrum, ALaneDoesNotDependOnTheOthers) {
  const std::vector<Frame> frames = noise(kFftLanes);
  const auto together = spectra(frames);
  for (std::size_t lane = 0; lane < kFftLanes; ++lane) {
    std::vector<Frame> moved(kFftLanes, Frame(kFftSamples, 1e30F));
    moved[(lane + 5) % kFftLanes] = frames[lane];
    EXPECT_EQ(spectra(moved)[(lane + 5) % kFftLanes], together[lane]) << lane;
  }
}

}  // namespace
}  // namespace sotto::audio
