#include <immintrin.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float int8_avx512vnni(std::size_t turns) noexcept {
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-2);
  __m512i sum[kChains];
  for (__m512i& s : sum) s = _mm512_setzero_si512();
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = _mm512_dpbusd_epi32(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = _mm512_add_epi32(sum[0], sum[c]);
  alignas(64) std::int32_t lanes[16];
  _mm512_store_si512(lanes, sum[0]);
  return static_cast<float>(lanes[0]);
}

}  // namespace sotto::bench
