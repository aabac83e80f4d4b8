#include <immintrin.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float f32_avx2(std::size_t turns) noexcept {
  const __m256 a = _mm256_set1_ps(0.999F), b = _mm256_set1_ps(1e-3F);
  __m256 sum[kChains];
  for (__m256& s : sum) s = b;
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = _mm256_fmadd_ps(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = _mm256_add_ps(sum[0], sum[c]);
  return _mm256_cvtss_f32(sum[0]);
}

// vpmaddubsw, vpmaddwd, vpaddd: the products of 32 bytes.
float int8_avx2(std::size_t turns) noexcept {
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-2), ones = _mm256_set1_epi16(1);
  __m256i sum[kChains];
  for (__m256i& s : sum) s = _mm256_setzero_si256();
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) {
      __asm__("" : "+x"(a));  // or it is computed once, before the loop
      const __m256i pairs = _mm256_maddubs_epi16(a, b);
      sum[c] = _mm256_add_epi32(sum[c], _mm256_madd_epi16(pairs, ones));
    }
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = _mm256_add_epi32(sum[0], sum[c]);
  return static_cast<float>(_mm256_cvtsi256_si32(sum[0]));
}

std::uint64_t read_avx2(const std::byte* data, std::size_t bytes) noexcept {
  __m256i sum[8];
  for (__m256i& s : sum) s = _mm256_setzero_si256();
  for (std::size_t at = 0; at < bytes; at += 256) {
#pragma GCC unroll 8
    for (std::size_t r = 0; r < 8; ++r) {
      const auto* p = reinterpret_cast<const __m256i*>(data + at + 32 * r);
      sum[r] = _mm256_or_si256(sum[r], _mm256_load_si256(p));
    }
  }
  for (std::size_t r = 1; r < 8; ++r) sum[0] = _mm256_or_si256(sum[0], sum[r]);
  return static_cast<std::uint64_t>(_mm256_extract_epi64(sum[0], 0));
}

}  // namespace sotto::bench
