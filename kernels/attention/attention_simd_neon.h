// The vector operations of attention_blocks.h on NEON.
#pragma once

#include <arm_neon.h>

#include "kernels/attention/attention_blocks.h"

namespace sotto::kernels::attention {
namespace {

struct Simd {
  using F32 = float32x4_t;
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kTileRows = 8;
  static constexpr std::size_t kTileVectors = 2;

  static F32 load(const float* p) noexcept { return vld1q_f32(p); }
  static void store(float* p, F32 x) noexcept { vst1q_f32(p, x); }
  static F32 load_first(const float* p, std::size_t n) noexcept {
    F32 x = vld1q_lane_f32(p, zero(), 0);
    if (n > 1) x = vld1q_lane_f32(p + 1, x, 1);
    if (n > 2) x = vld1q_lane_f32(p + 2, x, 2);
    return x;
  }
  static F32 load(const F16* p) noexcept {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(reinterpret_cast<const std::uint16_t*>(p))));
  }
  static F32 load_first(const F16* p, std::size_t n) noexcept {
    F16 first[kLanes] = {};
    for (std::size_t i = 0; i < n; ++i) first[i] = p[i];
    return load(first);
  }
  static F32 zero() noexcept { return vdupq_n_f32(0.0F); }
  static F32 set(float x) noexcept { return vdupq_n_f32(x); }
  static float first(F32 x) noexcept { return vgetq_lane_f32(x, 0); }
  static F32 add(F32 a, F32 b) noexcept { return vaddq_f32(a, b); }
  static F32 sub(F32 a, F32 b) noexcept { return vsubq_f32(a, b); }
  static F32 mul(F32 a, F32 b) noexcept { return vmulq_f32(a, b); }
  static F32 div(F32 a, F32 b) noexcept { return vdivq_f32(a, b); }
  static F32 max(F32 a, F32 b) noexcept { return vmaxq_f32(a, b); }
  static F32 fma(F32 a, F32 b, F32 c) noexcept { return vfmaq_f32(c, a, b); }
  static F32 keep_from(F32 index, F32 limit, F32 x) noexcept {
    return vbslq_f32(vcgeq_f32(index, limit), x, set(kMinusInfinity));
  }

  static F32 exp2(F32 x) noexcept {
    const F32 n = vrndnq_f32(x);
    const F32 r = sub(x, n);
    F32 p = set(kExp2[6]);
    p = fma(p, r, set(kExp2[5]));
    p = fma(p, r, set(kExp2[4]));
    p = fma(p, r, set(kExp2[3]));
    p = fma(p, r, set(kExp2[2]));
    p = fma(p, r, set(kExp2[1]));
    p = fma(p, r, set(kExp2[0]));
    const int32x4_t bits = vaddq_s32(vreinterpretq_s32_f32(p), vshlq_n_s32(vcvtq_s32_f32(n), 23));
    const uint32x4_t normal = vcgeq_f32(x, set(kExp2Least));
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_s32(bits), normal));
  }

  static float reduce_add(F32 x) noexcept { return vaddvq_f32(x); }
  static float reduce_max(F32 x) noexcept { return vmaxvq_f32(x); }
  static void reduce_add4(F32 a, F32 b, F32 c, F32 d, float* p) noexcept {
    vst1q_f32(p, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)));
  }
  static void transpose4(const float* p, std::size_t ld, float* q) noexcept {
    const float32x4x2_t ab = vtrnq_f32(vld1q_f32(p), vld1q_f32(p + ld));
    const float32x4x2_t cd = vtrnq_f32(vld1q_f32(p + 2 * ld), vld1q_f32(p + 3 * ld));
    for (std::size_t i = 0; i < 2; ++i) {
      const float32x4_t low = ab.val[i], high = cd.val[i];
      vst1q_f32(q + 4 * i, vcombine_f32(vget_low_f32(low), vget_low_f32(high)));
      vst1q_f32(q + 4 * i + 8, vcombine_f32(vget_high_f32(low), vget_high_f32(high)));
    }
  }
};

}  // namespace
}  // namespace sotto::kernels::attention
