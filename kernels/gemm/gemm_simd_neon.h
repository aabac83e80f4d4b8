// What gemm_form.h and gemv_form.h ask of an instruction set: ARMv8.0-A Advanced SIMD.
#pragma once

#include <arm_neon.h>

#include <cstddef>

#include "kernels/half.h"

namespace sotto::kernels::gemm {
namespace {

struct Simd {
  using Vec = float32x4_t;
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kVecs = 2;  // of a panel's row
  static constexpr std::size_t kPanel = kVecs * kLanes;
  static constexpr std::size_t kTileRows = 8;  // 16 accumulators, 8 of x, 2 of w, of 32

  [[gnu::always_inline]] static inline Vec set(float v) { return vdupq_n_f32(v); }
  [[gnu::always_inline]] static inline Vec load(const float* p) { return vld1q_f32(p); }
  [[gnu::always_inline]] static inline void store(float* p, Vec v) { vst1q_f32(p, v); }
  // The first `count` < kLanes elements; the others are neither read nor written.
  [[gnu::always_inline]] static inline Vec load_first(const float* p, std::size_t count) {
    Vec v = vdupq_n_f32(0.0F);
    if (count > 0) v = vld1q_lane_f32(p, v, 0);
    if (count > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (count > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return v;
  }
  [[gnu::always_inline]] static inline void store_first(float* p, Vec v, std::size_t count) {
    if (count > 0) vst1q_lane_f32(p, v, 0);
    if (count > 1) vst1q_lane_f32(p + 1, v, 1);
    if (count > 2) vst1q_lane_f32(p + 2, v, 2);
  }
  // kLanes 16-bit floats, widened; of kLanes pairs, the first and the second of each.
  [[gnu::always_inline]] static inline Vec load(const F16* p) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(reinterpret_cast<const std::uint16_t*>(p))));
  }
  [[gnu::always_inline]] static inline Vec load_first_of_pairs(const Bf16* p) {
    return vreinterpretq_f32_u32(vshlq_n_u32(pairs(p), 16));
  }
  [[gnu::always_inline]] static inline Vec load_second_of_pairs(const Bf16* p) {
    return vreinterpretq_f32_u32(vandq_u32(pairs(p), vdupq_n_u32(0xFFFF0000U)));
  }
  [[gnu::always_inline]] static inline Vec add(Vec a, Vec b) { return vaddq_f32(a, b); }
  [[gnu::always_inline]] static inline Vec mul(Vec a, Vec b) { return vmulq_f32(a, b); }
  [[gnu::always_inline]] static inline Vec div(Vec a, Vec b) { return vdivq_f32(a, b); }
  [[gnu::always_inline]] static inline Vec min(Vec a, Vec b) { return vminq_f32(a, b); }
  [[gnu::always_inline]] static inline Vec max(Vec a, Vec b) { return vmaxq_f32(a, b); }
  // a * b + c, rounded once.
  [[gnu::always_inline]] static inline Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }

 private:
  [[gnu::always_inline]] static inline uint32x4_t pairs(const Bf16* p) {
    return vreinterpretq_u32_u16(vld1q_u16(reinterpret_cast<const std::uint16_t*>(p)));
  }
};

}  // namespace
}  // namespace sotto::kernels::gemm
