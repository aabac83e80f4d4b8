// The vector operations of quantize_kv_form.h on NEON.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/attention/attention_simd_neon.h"

namespace sotto::kernels::quantize_kv {
namespace {

struct Simd : attention::Simd {
  using I32 = int32x4_t;
  using attention::Simd::add;
  using attention::Simd::max;
  using attention::Simd::store;

  static I32 zero_ints() noexcept { return vdupq_n_s32(0); }
  static I32 add(I32 a, I32 b) noexcept { return vaddq_s32(a, b); }
  static I32 max(I32 a, I32 b) noexcept { return vmaxq_s32(a, b); }
  static void store(void* p, I32 x) noexcept { vst1q_s32(static_cast<std::int32_t*>(p), x); }
  static I32 magnitude(F32 x) noexcept {
    return vandq_s32(vreinterpretq_s32_f32(x), vdupq_n_s32(0x7FFFFFFF));
  }
  static std::int32_t most(I32 x) noexcept { return vmaxvq_s32(x); }
  static I32 to_ints(F32 x) noexcept { return vcvtnq_s32_f32(x); }
  static F32 to_float(I32 x) noexcept { return vcvtq_f32_s32(x); }
  static void store_bytes(std::int8_t* p, I32 x) noexcept {
    const int16x4_t words = vmovn_s32(x);
    const int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
    const std::uint32_t four = vget_lane_u32(vreinterpret_u32_s8(bytes), 0);
    std::memcpy(p, &four, sizeof four);
  }
  static I32 pack4(I32 a, I32 b, I32 c, I32 d) noexcept {
    // Each inserts its low bits above those that are there already.
    const I32 ab = vsliq_n_s32(a, b, 8);
    return vsliq_n_s32(vsliq_n_s32(ab, c, 16), d, 24);
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_kv
