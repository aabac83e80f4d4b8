// The outputs of a product whose weights are bfloat16, in AMX. Include gemm_simd_avx512.h first.
#pragma once

#include "kernels/gemm/gemm_tile_form.h"

namespace sotto::kernels::gemm {
namespace {

// The outputs [row_begin, row_end) x [column_begin, column_end), column_begin the first of a panel.
// The tiles read the weights where they lie, except for what is left of k, which is filled up to a
// step by zeros.
[[gnu::always_inline]] inline void compute_pairs(const ArgsOf<Bf16>& a, std::size_t row_begin,
                                                 std::size_t row_end, std::size_t column_begin,
                                                 std::size_t column_end) {
  constexpr std::size_t kTerms = 544;  // rows that far apart do not fall into one place of a cache
  alignas(64) Bf16 rows_of_x[kRows][kTerms];
  alignas(64) Bf16 last[kStepSize];
  static_assert(sizeof rows_of_x + sizeof last + 14 * 1024 <= 64 * 1024);
  const auto x = [&](std::size_t row, std::size_t rows, std::size_t p, std::size_t terms)
      __attribute__((always_inline)) {
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = a.x + (row + r) * a.ldx + p;
      for (std::size_t i = 0; i < terms; i += kStep) {
        _mm512_store_si512(rows_of_x[r] + i, rounded(Terms(from + i, terms - i)));
      }
    }
    return Numbers<false>{rows_of_x[0], nullptr};
  };
  const auto w = [&](const Bf16* panel, std::size_t p, std::size_t terms, const auto& part)
      __attribute__((always_inline)) {
    const Bf16* from = panel + p * Simd::kPanel;
    const std::size_t whole = terms / kStep, left = terms % kStep;
    if (whole > 0) part(Numbers<false>{from, nullptr}, whole, 0);
    if (left == 0) return;
    from += whole * kStepSize;
    for (std::size_t i = 0; i < kStepSize; i += 32) {
      const bool there = i < ceil_div(left, 2) * 2 * Simd::kPanel;
      const __m512i v = there ? _mm512_loadu_si512(from + i) : _mm512_setzero_si512();
      _mm512_store_si512(last + i, v);
    }
    part(Numbers<false>{last, nullptr}, 1, whole);
  };
  compute_tiles<false, kTerms>(a, row_begin, row_end, column_begin, column_end, x, w);
}

}  // namespace
}  // namespace sotto::kernels::gemm
