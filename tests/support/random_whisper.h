// Whisper models of any dimensions with random weights, made in memory.
#pragma once

#include "lib/convert/random_models.h"

namespace sotto::test {

using converter::random_whisper;
using WhisperDims = converter::RandomWhisper;

inline constexpr WhisperDims kWhisperTiny = {384, 80, 51865, 4, 4, 6};
inline constexpr WhisperDims kWhisperBase = {512, 80, 51865, 6, 6, 8};
// Small enough for any test.
inline constexpr WhisperDims kWhisperMini = {32, 80, 300, 2, 2, 2, 50, 40};

}  // namespace sotto::test
