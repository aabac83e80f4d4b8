#include <immintrin.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float int8_avxvnni(std::size_t turns) noexcept {
  const __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-2);
  __m256i sum[kChains];
  for (__m256i& s : sum) s = _mm256_setzero_si256();
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = _mm256_dpbusd_avx_epi32(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = _mm256_add_epi32(sum[0], sum[c]);
  return static_cast<float>(_mm256_cvtsi256_si32(sum[0]));
}

}  // namespace sotto::bench
