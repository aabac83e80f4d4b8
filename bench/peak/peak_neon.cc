#include <arm_neon.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float f32_neon(std::size_t turns) noexcept {
  const float32x4_t a = vdupq_n_f32(0.999F), b = vdupq_n_f32(1e-3F);
  float32x4_t sum[kChains];
  for (float32x4_t& s : sum) s = b;
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = vfmaq_f32(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = vaddq_f32(sum[0], sum[c]);
  return vgetq_lane_f32(sum[0], 0);
}

// smull, smlal2, sadalp: the products of 16 bytes.
float int8_neon(std::size_t turns) noexcept {
  int8x16_t a = vdupq_n_s8(3);
  const int8x16_t b = vdupq_n_s8(-2);
  int32x4_t sum[kChains];
  for (int32x4_t& s : sum) s = vdupq_n_s32(0);
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) {
      __asm__("" : "+w"(a));  // or it is computed once, before the loop
      int16x8_t pairs = vmull_s8(vget_low_s8(a), vget_low_s8(b));
      pairs = vmlal_high_s8(pairs, a, b);
      sum[c] = vpadalq_s16(sum[c], pairs);
    }
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = vaddq_s32(sum[0], sum[c]);
  return static_cast<float>(vgetq_lane_s32(sum[0], 0));
}

std::uint64_t read_neon(const std::byte* data, std::size_t bytes) noexcept {
  const auto* p = reinterpret_cast<const std::uint8_t*>(data);
  uint8x16_t sum[8];
  for (uint8x16_t& s : sum) s = vdupq_n_u8(0);
  for (std::size_t at = 0; at < bytes; at += 128) {
#pragma GCC unroll 8
    for (std::size_t r = 0; r < 8; ++r) sum[r] = vorrq_u8(sum[r], vld1q_u8(p + at + 16 * r));
  }
  for (std::size_t r = 1; r < 8; ++r) sum[0] = vorrq_u8(sum[0], sum[r]);
  return vgetq_lane_u64(vreinterpretq_u64_u8(sum[0]), 0);
}

}  // namespace sotto::bench
