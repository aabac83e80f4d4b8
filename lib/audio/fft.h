// Power spectra of frames of 400 samples, several frames side by side.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sotto::audio {

inline constexpr std::size_t kFftSamples = 400;
inline constexpr std::size_t kFftBins = kFftSamples / 2 + 1;
// Frames at a time: one in each lane of an array of rows, so that a step of the transform is the
// same arithmetic on whole rows. A lane's result does not depend on what the others hold.
inline constexpr std::size_t kFftLanes = 16;

// Immutable, so several threads may use one.
class PowerSpectrum {
 public:
  PowerSpectrum();

  // power[k] = |sum over n of x[n] exp(-2 pi i k n / 400)|^2 for k in [0, 200], in each lane.
  // Requires: x is [kFftSamples, kFftLanes], power [kFftBins, kFftLanes]; they do not overlap.
  void operator()(std::span<const float> x, std::span<float> power) const noexcept;

 private:
  std::vector<float> radix5_8_;    // twiddles of the step from 8 points to 40
  std::vector<float> radix5_40_;   // from 40 to 200
  std::vector<float> real_split_;  // cos and sin of 2 pi k / 400, k in [0, 100)
};

}  // namespace sotto::audio
