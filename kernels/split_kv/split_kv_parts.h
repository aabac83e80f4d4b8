// Vectors of floats as sums of two bfloat16 numbers, on AVX-512.
#pragma once

#include <cstdint>

#include "kernels/attention/attention_simd_avx512.h"
#include "kernels/split_kv/split_kv.h"

namespace sotto::kernels::split_kv {
namespace {

using attention::Simd;
constexpr std::size_t kLanes = Simd::kLanes;

// Intrinsics masked by ones where those without a mask make GCC 12 warn (see attention's).
[[gnu::always_inline]] inline __m512i upper_half(__m512i x) noexcept {
  return _mm512_and_si512(x, _mm512_set1_epi32(static_cast<int>(0xFFFF0000)));
}
[[gnu::always_inline]] inline __m512i half_down(__m512i x) noexcept {
  return _mm512_maskz_srli_epi32(0xFFFF, x, 16);
}

// The upper halves of the lanes are the numbers.
struct Parts {
  __m512i high, low;

  [[gnu::always_inline]] inline explicit Parts(__m512 x) noexcept {
    const __m512i half = _mm512_set1_epi32(0x8000);
    high = upper_half(_mm512_add_epi32(_mm512_castps_si512(x), half));
    const __m512 rest = _mm512_sub_ps(x, _mm512_castsi512_ps(high));
    low = _mm512_add_epi32(_mm512_castps_si512(rest), half);
  }
};

// Two numbers of each lane side by side, a's first: what a product of tiles takes.
[[gnu::always_inline]] inline __m512i pair(__m512i a, __m512i b) noexcept {
  // (b & upper half) | a: 0xEA is (x & y) | z.
  return _mm512_ternarylogic_epi32(b, _mm512_set1_epi32(static_cast<int>(0xFFFF0000)), half_down(a),
                                   0xEA);
}

// 16 numbers one after the other.
[[gnu::always_inline]] inline void store_row(std::uint16_t* p, __m512i x) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      _mm512_maskz_cvtepi32_epi16(0xFFFF, half_down(x)));
}

[[gnu::always_inline]] inline __m512 load(const float* p, std::size_t count) noexcept {
  return count < kLanes ? Simd::load_first(p, count) : Simd::load(p);
}

}  // namespace
}  // namespace sotto::kernels::split_kv
