#include <immintrin.h>

#include "bench/peak/loops.h"

namespace sotto::bench {

float f32_avx512(std::size_t turns) noexcept {
  const __m512 a = _mm512_set1_ps(0.999F), b = _mm512_set1_ps(1e-3F);
  __m512 sum[kChains];
  for (__m512& s : sum) s = b;
  for (std::size_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < kChains; ++c) sum[c] = _mm512_fmadd_ps(sum[c], a, b);
  }
  for (std::size_t c = 1; c < kChains; ++c) sum[0] = _mm512_add_ps(sum[0], sum[c]);
  return _mm512_cvtss_f32(sum[0]);
}

std::uint64_t read_avx512(const std::byte* data, std::size_t bytes) noexcept {
  __m512i sum[8];
  for (__m512i& s : sum) s = _mm512_setzero_si512();
  for (std::size_t at = 0; at < bytes; at += 512) {
#pragma GCC unroll 8
    for (std::size_t r = 0; r < 8; ++r) {
      sum[r] = _mm512_or_si512(sum[r], _mm512_load_si512(data + at + 64 * r));
    }
  }
  for (std::size_t r = 1; r < 8; ++r) sum[0] = _mm512_or_si512(sum[0], sum[r]);
  alignas(64) std::uint64_t lanes[8];
  _mm512_store_si512(lanes, sum[0]);
  return lanes[0];
}

}  // namespace sotto::bench
