// Moonshine models of any dimensions with random weights, made in memory, and a sound for them.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "lib/convert/random_models.h"

namespace sotto::test {

using converter::random_moonshine;
using MoonshineDims = converter::RandomMoonshine;

inline constexpr MoonshineDims kMoonshineTiny = {288, 1152, 32768, 6, 6, 8, 8, 32};
inline constexpr MoonshineDims kMoonshineBase = {416, 1664, 32768, 8, 8, 8, 8, 32};

// A second or more of something that is neither silence nor noise: a sweep with a beat.
inline std::vector<float> test_sound(std::size_t samples) {
  std::vector<float> sound(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / 16000.0;
    sound[i] = static_cast<float>(0.4 * std::sin(2 * 3.14159265358979 * (150.0 + 90.0 * t) * t) *
                                  std::sin(20.0 * t));
  }
  return sound;
}

}  // namespace sotto::test
