// What Whisper hears: the logarithm of the power in mel bands, 100 frames a second, as
// log_mel_spectrogram() of openai/whisper's audio.py computes it.
//
//   frame f is the samples [160 f - 200, 160 f + 200) times a periodic Hann window of 400
//   mel = filters * |DFT(frame)|^2, x = log10(max(mel, 1e-10))
//   result = (max(x, maximum of x over the whole sound - 8) + 4) / 4
//
// Results are [frames, bands], band after band; the reference has them the other way round.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lib/audio/fft.h"
#include "lib/audio/mel_filters.h"

namespace sotto::audio {

inline constexpr int kMelRate = 16000;
inline constexpr std::size_t kMelHop = 160;                // samples from frame to frame
inline constexpr std::size_t kMelReach = kFftSamples / 2;  // samples before a frame's middle
inline constexpr float kMelFloor = -10;                    // log10 of silence

// x of the formula above. Not for use by several threads at once.
class LogMel {
 public:
  // Whisper has 80 or 128 bands. Requires: bands > 0.
  explicit LogMel(std::size_t bands);

  std::size_t bands() const noexcept { return filters_.bands(); }

  // out = x of the frames samples[160 i, 160 i + 400) for i in [0, count). A frame's x is the same
  // to the bit whatever the others are, and finite whatever the samples are.
  // Requires: samples.size() >= 160 * (count - 1) + 400 and out is [count, bands].
  void operator()(std::span<const float> samples, std::size_t count, std::span<float> out) noexcept;

 private:
  void window(const float* samples, std::size_t lanes) noexcept;
  void mel(std::size_t lanes, float* out) noexcept;

  MelFilters filters_;
  PowerSpectrum spectrum_;
  std::vector<float> hann_;   // [400]
  std::vector<float> hops_;   // [160, kFftLanes + 2]: sample n of hop h is at [n, h]
  std::vector<float> x_;      // [400, kFftLanes]
  std::vector<float> power_;  // [kFftBins, kFftLanes]
  std::vector<float> tile_;   // [bands, kFftLanes]
};

// The last line of the formula, in place.
void normalize(std::span<float> log_mel, float maximum) noexcept;

// out = the 200 samples before the first, the sound mirrored at its first sample: sample 200 ...
// sample 1. A sound that is shorter has zeros there, as one with silence after it. Requires:
// out.size() is kMelReach.
void mirror_beginning(std::span<const float> samples, std::span<float> out) noexcept;

// The whole: [(samples + padding) / 160, bands] of a sound with `padding` zeros after it, mirrored
// at both ends. The reference refuses 200 samples or fewer, padding included; here what the mirror
// lacks is zero.
std::vector<float> log_mel(std::span<const float> samples, std::size_t padding, std::size_t bands);

}  // namespace sotto::audio
