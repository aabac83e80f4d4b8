#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_tile_form.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace sotto::kernels::gemm_f16 {
namespace {

using gemm::kStep;
using gemm::Simd;

// Numbers with 11 bits as sums of their first 8 bits and the other 3: the upper halves of floats,
// whose lower halves are zeros.
struct Split {
  __m512i high, low;

  [[gnu::always_inline]] inline explicit Split(gemm::Vec v) {
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
    high = _mm512_and_si512(_mm512_castps_si512(v), upper);
    low = _mm512_castps_si512(_mm512_sub_ps(v, _mm512_castsi512_ps(high)));
  }
};

[[gnu::always_inline]] inline void store_pairs(Bf16* to, __m512i first, __m512i second) {
  const __m512i lower = _mm512_maskz_srli_epi32(0xFFFF, first, 16);
  _mm512_store_si512(to, _mm512_or_si512(lower, second));
}

// Rows p and p + 1 of a panel, split; of the second, zeros if there is none.
[[gnu::always_inline]] inline void split_rows(const F16* w, bool second, Bf16* high, Bf16* low) {
#pragma GCC unroll 2
  for (std::size_t j = 0; j < Simd::kPanel; j += Simd::kLanes) {
    const Split even(Simd::load(w + j));
    const Split odd(second ? Simd::load(w + Simd::kPanel + j) : Simd::set(0.0F));
    store_pairs(high + 2 * j, even.high, odd.high);
    store_pairs(low + 2 * j, even.low, odd.low);
  }
}

// Rows [0, terms) of a panel, split, and zeros up to a step.
[[gnu::always_inline]] inline void split_panel(const F16* w, std::size_t terms, Bf16* high,
                                               Bf16* low) {
  constexpr std::size_t kPanel = Simd::kPanel;
  std::size_t p = 0;
  for (; p + 2 <= terms; p += 2) {
    split_rows(w + p * kPanel, true, high + p * kPanel, low + p * kPanel);
  }
  if (p < terms) {
    split_rows(w + p * kPanel, false, high + p * kPanel, low + p * kPanel);
    p += 2;
  }
  for (std::size_t i = p * kPanel; i % gemm::kStepSize != 0; i += 32) {
    _mm512_store_si512(high + i, _mm512_setzero_si512());
    _mm512_store_si512(low + i, _mm512_setzero_si512());
  }
}

// The outputs [row_begin, row_end) x [column_begin, column_end), column_begin the first of a panel.
[[gnu::always_inline]] inline void compute_split(const Args& a, std::size_t row_begin,
                                                 std::size_t row_end, std::size_t column_begin,
                                                 std::size_t column_end) {
  constexpr std::size_t kTerms = 192;
  alignas(64) Bf16 high[gemm::kRows][kTerms], low[gemm::kRows][kTerms];
  alignas(64) Bf16 w_high[kTerms * Simd::kPanel], w_low[kTerms * Simd::kPanel];
  static_assert(2 * sizeof high + 2 * sizeof w_high + 14 * 1024 <= 64 * 1024);
  const auto x = [&](std::size_t row, std::size_t rows, std::size_t p, std::size_t terms)
      __attribute__((always_inline)) {
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = a.x + (row + r) * a.ldx + p;
      for (std::size_t i = 0; i < terms; i += kStep) {
        gemm::Terms t(from + i, terms - i);
        Bf16* to = high[r] + i;
        _mm512_store_si512(to, gemm::rounded(t));
        t.first = _mm512_sub_ps(t.first, gemm::widened(to));
        t.second = _mm512_sub_ps(t.second, gemm::widened(to + Simd::kLanes));
        _mm512_store_si512(low[r] + i, gemm::rounded(t));
      }
    }
    return gemm::Numbers<true>{high[0], low[0]};
  };
  const auto w = [&](const F16* panel, std::size_t p, std::size_t terms, const auto& part)
      __attribute__((always_inline)) {
    split_panel(panel + p * Simd::kPanel, terms, w_high, w_low);
    part(gemm::Numbers<true>{w_high, w_low}, ceil_div(terms, kStep), 0);
  };
  gemm::compute_tiles<true, kTerms>(a, row_begin, row_end, column_begin, column_end, x, w);
}

}  // namespace

// Weights and x are taken as sums of two numbers of bfloat16, and three of the four products of
// these are made: gemm_f16.h says what that leaves out.
void f16_amx(const Args& a, Range items) noexcept {
  const gemm::ProductTiles tiles;
  gemm::for_items_together(
      a, items, [&](auto... block) __attribute__((always_inline)) { compute_split(a, block...); });
}

}  // namespace sotto::kernels::gemm_f16
