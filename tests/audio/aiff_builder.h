// AIFF files made byte by byte: a format that goes by libsndfile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/audio/wav_builder.h"

namespace sotto::audio {

inline std::string big(std::uint64_t value, int bytes) {
  std::string out = little(value, bytes);
  std::reverse(out.begin(), out.end());
  return out;
}

// 16 bits at 8000 Hz; `values` hold whole frames.
inline std::string aiff(const std::vector<int>& values, std::uint64_t channels = 1) {
  std::string data;
  for (const int value : values) data += big(static_cast<std::uint64_t>(value), 2);
  const std::string rate = big(0x400B, 2) + big(0xFA00000000000000, 8);  // 8000 as an 80-bit float
  const std::string body = "AIFFCOMM" + big(18, 4) + big(channels, 2) +
                           big(values.size() / channels, 4) + big(16, 2) + rate + "SSND" +
                           big(data.size() + 8, 4) + big(0, 8) + data;
  return "FORM" + big(body.size(), 4) + body;
}

}  // namespace sotto::audio
