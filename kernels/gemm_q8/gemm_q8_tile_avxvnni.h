// The product of a tile in AVX-VNNI: that of gemm_q8_tile_vnni.h with these registers.
#pragma once

#include <cstdint>

#include "kernels/gemm/gemm_simd_avx2.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::size_t kTileRows = 6;  // 12 sums, 2 of w, 1 of x, of 16; the floats wait

struct Ints {
  using Vec = __m256i;

  [[gnu::always_inline]] static inline Vec load(const std::uint8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  [[gnu::always_inline]] static inline Vec set(std::int32_t v) { return _mm256_set1_epi32(v); }
  // sum[j] + u[4j] * s[4j] + ... + u[4j + 3] * s[4j + 3], u unsigned and s signed bytes.
  [[gnu::always_inline]] static inline Vec dot(Vec sum, Vec u, Vec s) {
    return _mm256_dpbusd_avx_epi32(sum, u, s);
  }
  // 16 times each byte's low and high four bits.
  [[gnu::always_inline]] static inline Vec low(Vec v) { return high(_mm256_slli_epi32(v, 4)); }
  [[gnu::always_inline]] static inline Vec high(Vec v) {
    return _mm256_and_si256(v, _mm256_set1_epi8(static_cast<char>(0xF0)));
  }
  [[gnu::always_inline]] static inline __m256 to_float(Vec v) { return _mm256_cvtepi32_ps(v); }
  [[gnu::always_inline]] static inline __m256 load_half(const std::uint8_t* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
};

}  // namespace
}  // namespace sotto::kernels::gemm_q8

#include "kernels/gemm_q8/gemm_q8_tile_vnni.h"
