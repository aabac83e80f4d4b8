// A row of floats rounded to f16, for to_f16 and kv_append_f16.
#pragma once

#include <cstddef>

#include "kernels/half.h"
#if defined(__F16C__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sotto::kernels::to_f16 {
namespace {

// One number; `narrow` is the definition.
struct Scalar {
  static constexpr std::size_t kLanes = 1;
  [[gnu::always_inline]] static inline void round(const float* x, F16* y) { narrow(*x, *y); }
};

#if defined(__F16C__)
struct Avx2 {
  static constexpr std::size_t kLanes = 8;
  [[gnu::always_inline]] static inline void round(const float* x, F16* y) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y),
                     _mm256_cvtps_ph(_mm256_loadu_ps(x), _MM_FROUND_TO_NEAREST_INT));
  }
};
#endif
#if defined(__AVX512F__)
struct Avx512 {
  static constexpr std::size_t kLanes = 16;
  [[gnu::always_inline]] static inline void round(const float* x, F16* y) {
    const __m256i half =
        _mm512_maskz_cvtps_ph(0xFFFF, _mm512_loadu_ps(x), _MM_FROUND_TO_NEAREST_INT);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), half);
  }
};
#endif
#if defined(__aarch64__)
struct Neon {
  static constexpr std::size_t kLanes = 4;
  [[gnu::always_inline]] static inline void round(const float* x, F16* y) {
    vst1_u16(reinterpret_cast<std::uint16_t*>(y), vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(x))));
  }
};
#endif

template <typename Lanes>
[[gnu::always_inline]] inline void round_row(const float* x, std::size_t cols, F16* y) {
  std::size_t c = 0;
  for (; c + Lanes::kLanes <= cols; c += Lanes::kLanes) Lanes::round(x + c, y + c);
  for (; c < cols; ++c) narrow(x[c], y[c]);
}

}  // namespace
}  // namespace sotto::kernels::to_f16
