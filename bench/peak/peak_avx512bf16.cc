#include <immintrin.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float bf16_avx512bf16(std::size_t turns) noexcept {
  const __m512 one = _mm512_set1_ps(1e-3F);
  const __m512bh a = _mm512_cvtne2ps_pbh(one, one), b = a;
  __m512 sum[kChains];
  for (__m512& s : sum) s = one;
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = _mm512_dpbf16_ps(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = _mm512_add_ps(sum[0], sum[c]);
  return _mm512_cvtss_f32(sum[0]);
}

}  // namespace sotto::bench
