// What the products of a tile share in all NEON levels. A variant includes gemm_simd_neon.h first.
#pragma once

#include "kernels/gemm_q8/gemm_q8_form.h"

namespace sotto::kernels::gemm_q8 {
namespace {

// The scales of vector v of a panel's block.
[[gnu::always_inline]] inline Vec load_half(const std::uint8_t* block, std::size_t v) {
  const uint8x8_t bytes = vld1_u8(block + v * Simd::kLanes * kScaleBytes);
  return vcvt_f32_f16(vreinterpret_f16_u8(bytes));
}

// The weights of 4 bits in the low and in the high halves of bytes.
[[gnu::always_inline]] inline void split(uint8x16_t both, int8x16_t& low, int8x16_t& high) {
  const int8x16_t eight = vdupq_n_s8(8);
  low = vsubq_s8(vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15))), eight);
  high = vsubq_s8(vreinterpretq_s8_u8(vshrq_n_u8(both, 4)), eight);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
