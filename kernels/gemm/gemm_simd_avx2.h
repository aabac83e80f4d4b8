// What gemm_form.h and gemv_form.h ask of an instruction set: AVX2 with FMA.
#pragma once

#include <immintrin.h>

#include <cstddef>

#include "kernels/half.h"

namespace sotto::kernels::gemm {
namespace {

struct Simd {
  using Vec = __m256;
  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kVecs = 2;  // of a panel's row
  static constexpr std::size_t kPanel = kVecs * kLanes;
  static constexpr std::size_t kTileRows = 6;  // 12 accumulators of 16 registers

  [[gnu::always_inline]] static inline Vec set(float v) { return _mm256_set1_ps(v); }
  [[gnu::always_inline]] static inline Vec load(const float* p) { return _mm256_loadu_ps(p); }
  [[gnu::always_inline]] static inline void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
  // The first `count` < kLanes elements; the others are neither read nor written.
  [[gnu::always_inline]] static inline Vec load_first(const float* p, std::size_t count) {
    return _mm256_maskload_ps(p, mask(count));
  }
  [[gnu::always_inline]] static inline void store_first(float* p, Vec v, std::size_t count) {
    _mm256_maskstore_ps(p, mask(count), v);
  }
  // kLanes 16-bit floats, widened; of kLanes pairs, the first and the second of each.
  [[gnu::always_inline]] static inline Vec load(const F16* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  [[gnu::always_inline]] static inline Vec load_first_of_pairs(const Bf16* p) {
    const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
  }
  [[gnu::always_inline]] static inline Vec load_second_of_pairs(const Bf16* p) {
    const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000U));
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, upper));
  }
  [[gnu::always_inline]] static inline Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
  [[gnu::always_inline]] static inline Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  [[gnu::always_inline]] static inline Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
  [[gnu::always_inline]] static inline Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
  [[gnu::always_inline]] static inline Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
  // a * b + c, rounded once.
  [[gnu::always_inline]] static inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm256_fmadd_ps(a, b, c);
  }

 private:
  [[gnu::always_inline]] static inline __m256i mask(std::size_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

}  // namespace
}  // namespace sotto::kernels::gemm
