// What gemm_form.h and gemv_form.h ask of an instruction set: AVX-512.
#pragma once

#include <immintrin.h>

#include <cstddef>

#include "kernels/half.h"

namespace sotto::kernels::gemm {
namespace {

struct Simd {
  using Vec = __m512;
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kVecs = 2;  // of a panel's row
  static constexpr std::size_t kPanel = kVecs * kLanes;
  static constexpr std::size_t kTileRows = 14;  // 28 accumulators of 32 registers

  [[gnu::always_inline]] static inline Vec set(float v) { return _mm512_set1_ps(v); }
  [[gnu::always_inline]] static inline Vec load(const float* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static inline void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
  // The first `count` < kLanes elements; the others are neither read nor written.
  [[gnu::always_inline]] static inline Vec load_first(const float* p, std::size_t count) {
    return _mm512_maskz_loadu_ps(mask(count), p);
  }
  [[gnu::always_inline]] static inline void store_first(float* p, Vec v, std::size_t count) {
    _mm512_mask_storeu_ps(p, mask(count), v);
  }
  // kLanes 16-bit floats, widened; of kLanes pairs, the first and the second of each.
  [[gnu::always_inline]] static inline Vec load(const F16* p) {
    return _mm512_maskz_cvtph_ps(0xFFFF, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  [[gnu::always_inline]] static inline Vec load_first_of_pairs(const Bf16* p) {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, _mm512_loadu_si512(p), 16));
  }
  [[gnu::always_inline]] static inline Vec load_second_of_pairs(const Bf16* p) {
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_loadu_si512(p), upper));
  }
  [[gnu::always_inline]] static inline Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  [[gnu::always_inline]] static inline Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  [[gnu::always_inline]] static inline Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
  // Masked by ones: of the unmasked forms g++ 12 warns (its header reads an uninitialized value).
  [[gnu::always_inline]] static inline Vec min(Vec a, Vec b) {
    return _mm512_maskz_min_ps(0xFFFF, a, b);
  }
  [[gnu::always_inline]] static inline Vec max(Vec a, Vec b) {
    return _mm512_maskz_max_ps(0xFFFF, a, b);
  }
  // a * b + c, rounded once.
  [[gnu::always_inline]] static inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm512_fmadd_ps(a, b, c);
  }

 private:
  [[gnu::always_inline]] static inline __mmask16 mask(std::size_t count) {
    return static_cast<__mmask16>((1U << count) - 1U);
  }
};

}  // namespace
}  // namespace sotto::kernels::gemm
