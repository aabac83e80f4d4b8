#include <arm_neon.h>

#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::quantize_q8 {
namespace {

struct Simd {
  using Floats = float32x4_t;
  using Ints = int32x4_t;
  static constexpr std::size_t kLanes = 4;

  [[gnu::always_inline]] static inline Floats load(const float* p) { return vld1q_f32(p); }
  [[gnu::always_inline]] static inline Floats set(float v) { return vdupq_n_f32(v); }
  [[gnu::always_inline]] static inline Floats mul(Floats a, Floats b) { return vmulq_f32(a, b); }
  [[gnu::always_inline]] static inline Ints magnitude(Floats v) {
    return vandq_s32(vreinterpretq_s32_f32(v), vdupq_n_s32(0x7FFFFFFF));
  }
  [[gnu::always_inline]] static inline Ints round(Floats v) { return vcvtnq_s32_f32(v); }
  [[gnu::always_inline]] static inline Ints max(Ints a, Ints b) { return vmaxq_s32(a, b); }
  [[gnu::always_inline]] static inline Ints add(Ints a, Ints b) { return vaddq_s32(a, b); }

  [[gnu::always_inline]] static inline Floats max_of_four(const Ints (&m)[4]) {
    return vreinterpretq_f32_s32(vpmaxq_s32(vpmaxq_s32(m[0], m[1]), vpmaxq_s32(m[2], m[3])));
  }
  [[gnu::always_inline]] static inline void sum_of_four(const Ints (&m)[4], std::int32_t* out) {
    vst1q_s32(out, vpaddq_s32(vpaddq_s32(m[0], m[1]), vpaddq_s32(m[2], m[3])));
  }
  // The scale and its inverse of each of four blocks from their largest magnitudes; false if one of
  // those is not finite, its scale then being NaN.
  [[gnu::always_inline]] static inline bool scales(Floats largest, float* scale, float* inverse) {
    const Floats most = vdupq_n_f32(127.0F);
    const uint32x4_t unused = vcltq_f32(largest, vdupq_n_f32(kSmallest));
    // 0 * infinity and 0 * NaN are NaN, and nothing changes a finite number.
    const Floats nan = vmulq_f32(largest, vdupq_n_f32(0.0F));
    const Floats quotient = vaddq_f32(vdivq_f32(largest, most), nan);
    vst1q_f32(scale, zero_where(unused, quotient));
    vst1q_f32(inverse, zero_where(unused, vdivq_f32(most, largest)));
    return vminvq_u32(vceqq_f32(nan, nan)) != 0;
  }
  [[gnu::always_inline]] static inline void store(std::int8_t* q, const Ints (&v)[8]) {
    for (std::size_t h = 0; h < 2; ++h) {
      const int16x8_t low = vcombine_s16(vqmovn_s32(v[4 * h]), vqmovn_s32(v[4 * h + 1]));
      const int16x8_t high = vcombine_s16(vqmovn_s32(v[4 * h + 2]), vqmovn_s32(v[4 * h + 3]));
      vst1q_s8(q + 16 * h, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
    }
  }

 private:
  [[gnu::always_inline]] static inline Floats zero_where(uint32x4_t mask, Floats v) {
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(v), mask));
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_q8

#include "kernels/quantize_q8/quantize_q8_form.h"

namespace sotto::kernels::quantize_q8 {

void f32_neon(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::quantize_q8
