#include <arm_neon.h>

#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::quantize_q8 {
namespace {

struct Simd {
  using Floats = float32x4_t;
  using Ints = int32x4_t;
  using Four = float32x4_t;
  using FourInts = int32x4_t;
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
  [[gnu::always_inline]] static inline FourInts sum_of_four(const Ints (&m)[4]) {
    return vpaddq_s32(vpaddq_s32(m[0], m[1]), vpaddq_s32(m[2], m[3]));
  }
  [[gnu::always_inline]] static inline bool scales(Four largest, Four& scale, Four& inverse) {
    const Four most = vdupq_n_f32(127.0F);
    const uint32x4_t unused = vcltq_f32(largest, vdupq_n_f32(kSmallest));
    // 0 * infinity and 0 * NaN are NaN, and nothing changes a finite number.
    const Four nan = vmulq_f32(largest, vdupq_n_f32(0.0F));
    scale = zero_where(unused, vaddq_f32(vdivq_f32(largest, most), nan));
    inverse = zero_where(unused, vdivq_f32(most, largest));
    return vminvq_u32(vceqq_f32(nan, nan)) != 0;
  }
  [[gnu::always_inline]] static inline void store_four(float* to, Four v) { vst1q_f32(to, v); }
  [[gnu::always_inline]] static inline void store_heads(Block* const (&y)[4], Four scale,
                                                        FourInts sum) {
    alignas(16) float scales[4];
    alignas(16) std::int32_t offsets[4];
    vst1q_f32(scales, scale);
    vst1q_s32(offsets, vnegq_s32(vshlq_n_s32(sum, 7)));
    for (std::size_t i = 0; i < 4; ++i) {
      y[i]->scale = scales[i];
      y[i]->offset = offsets[i];
    }
  }
  [[gnu::always_inline]] static inline void store_two(std::int8_t* q, std::int8_t* r,
                                                      const Ints (&a)[8], const Ints (&b)[8]) {
    store(q, a);
    store(r, b);
  }

 private:
  [[gnu::always_inline]] static inline void store(std::int8_t* q, const Ints (&v)[8]) {
    for (std::size_t h = 0; h < 2; ++h) {
      const int16x8_t low = vcombine_s16(vqmovn_s32(v[4 * h]), vqmovn_s32(v[4 * h + 1]));
      const int16x8_t high = vcombine_s16(vqmovn_s32(v[4 * h + 2]), vqmovn_s32(v[4 * h + 3]));
      vst1q_s8(q + 16 * h, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
    }
  }
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
