#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_tile_form.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace sotto::kernels::gemm_f16 {
namespace {

using gemm::kStep;
using gemm::Simd;

// Terms p and p + 1 of 16 columns as pairs; the upper halves of floats.
[[gnu::always_inline]] inline __m512i pairs(__m512i even, __m512i odd) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
  const __m512i low = _mm512_maskz_srli_epi32(0xFFFF, even, 16);
  return _mm512_maskz_ternarylogic_epi32(0xFFFF, upper, odd, low, 0xEA);  // upper & odd | low
}

// What the upper half of v leaves.
[[gnu::always_inline]] inline __m512i rest(gemm::Vec v) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
  const __m512i high = _mm512_and_si512(_mm512_castps_si512(v), upper);
  return _mm512_castps_si512(_mm512_maskz_sub_ps(0xFFFF, v, _mm512_castsi512_ps(high)));
}

// Rows [0, terms) of a panel, split: the high parts have the first 8 of the 11 bits of an f16, the
// low ones the other 3. Filled up to a step by zeros.
[[gnu::always_inline]] inline void split_panel(const F16* w, std::size_t terms, Bf16* high,
                                               Bf16* low) {
  for (std::size_t p = 0; p < ceil_div(terms, kStep) * kStep; p += 2) {
#pragma GCC unroll 2
    for (std::size_t j = 0; j < Simd::kPanel; j += Simd::kLanes) {
      const F16* from = w + p * Simd::kPanel + j;
      const gemm::Vec even = p < terms ? Simd::load(from) : Simd::set(0.0F);
      const gemm::Vec odd = p + 1 < terms ? Simd::load(from + Simd::kPanel) : Simd::set(0.0F);
      const std::size_t to = p * Simd::kPanel + 2 * j;
      _mm512_store_si512(high + to, pairs(_mm512_castps_si512(even), _mm512_castps_si512(odd)));
      _mm512_store_si512(low + to, pairs(rest(even), rest(odd)));
    }
  }
}

}  // namespace

// Weights and x are taken as sums of two numbers of bfloat16, and three of the four products of
// these are made: gemm_f16.h says what that leaves out.
void f16_amx(const Args& a, Range items) noexcept {
  constexpr std::size_t kTerms = 192;
  gemm::RoundedRows<kTerms> high, low;
  alignas(64) Bf16 w_high[kTerms * Simd::kPanel], w_low[kTerms * Simd::kPanel];
  static_assert(2 * sizeof high + 2 * sizeof w_high + 14 * 1024 <= 64 * 1024);
  const auto load = [&](std::size_t row, std::size_t rows, std::size_t p, std::size_t terms)
      __attribute__((always_inline)) {
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = a.x + (row + r) * a.ldx + p;
      for (std::size_t i = 0; i < terms; i += kStep) {
        gemm::Terms t(from + i, terms - i);
        Bf16* to = high.of[r] + i;
        _mm512_store_si512(to, gemm::rounded(t));
        t.first = _mm512_sub_ps(t.first, gemm::widened(to));
        t.second = _mm512_sub_ps(t.second, gemm::widened(to + Simd::kLanes));
        _mm512_store_si512(low.of[r] + i, gemm::rounded(t));
      }
    }
    return gemm::Numbers<true>{high.of[0], low.of[0]};
  };
  const auto weights = [&](const F16* panel, std::size_t p, std::size_t terms, const auto& multiply)
      __attribute__((always_inline)) {
    split_panel(panel + p * Simd::kPanel, terms, w_high, w_low);
    multiply(gemm::Numbers<true>{w_high, w_low}, ceil_div(terms, kStep), 0);
  };
  gemm::run_tiles<true, kTerms>(a, items, load, weights);
}

}  // namespace sotto::kernels::gemm_f16
