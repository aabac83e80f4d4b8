#include <arm_neon.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float int8_neondot(std::size_t turns) noexcept {
  const int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(-2);
  int32x4_t sum[kChains];
  for (int32x4_t& s : sum) s = vdupq_n_s32(0);
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = vdotq_s32(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = vaddq_s32(sum[0], sum[c]);
  return static_cast<float>(vgetq_lane_s32(sum[0], 0));
}

}  // namespace sotto::bench
