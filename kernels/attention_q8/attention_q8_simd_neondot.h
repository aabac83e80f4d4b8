// The vector operations of attention_q8_blocks.h on NEON with dot products.
#pragma once

#include "kernels/quantize_kv/quantize_kv_simd_neon.h"

namespace sotto::kernels::attention_q8 {
namespace {

struct Simd : quantize_kv::Simd {
  static constexpr bool kUnsigned = false;
  static constexpr bool kByElement = true;

  static I32 load_ints(const void* p) noexcept {
    return vld1q_s32(static_cast<const std::int32_t*>(p));
  }
  static I32 set_ints(std::int32_t x) noexcept { return vdupq_n_s32(x); }
  static I32 dot(I32 sum, I32 lanes, I32 row) noexcept {
    return vdotq_s32(sum, vreinterpretq_s8_s32(lanes), vreinterpretq_s8_s32(row));
  }
  template <int kElement>
  static I32 dot_element(I32 sum, I32 lanes, I32 row) noexcept {
    return vdotq_laneq_s32(sum, vreinterpretq_s8_s32(lanes), vreinterpretq_s8_s32(row), kElement);
  }
  static void keep(I32& x) noexcept { asm volatile("" : "+w"(x)); }
  static I32 bits(F32 x) noexcept { return vreinterpretq_s32_f32(x); }
  static F32 from_bits(I32 x) noexcept { return vreinterpretq_f32_s32(x); }
  static I32 to_exponent(I32 x) noexcept { return vshlq_n_s32(x, 23); }
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
