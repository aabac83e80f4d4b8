// A matrix product whose weights are stored in 16 bits and multiplied in f32: the weights of a
// panel are widened once for all rows of an item. A variant includes a product of gemm (f32) first.
#pragma once

#include "kernels/gemm/gemm_form.h"

namespace sotto::kernels::gemm {
namespace {

// Vector v of row p + half of a panel whose rows p and p + 1 are at w; p is even.
[[gnu::always_inline]] inline Vec widened(const F16* w, std::size_t v, std::size_t half) {
  return Simd::load(w + half * Simd::kPanel + v * Simd::kLanes);
}
[[gnu::always_inline]] inline Vec widened(const Bf16* w, std::size_t v, std::size_t half) {
  const Bf16* pairs = w + v * 2 * Simd::kLanes;
  return half == 0 ? Simd::load_first_of_pairs(pairs) : Simd::load_second_of_pairs(pairs);
}

// Rows [0, terms) of a panel as floats; the rows of w start at an even one.
template <typename Weight>
[[gnu::always_inline]] inline void widen_panel(const Weight* w, std::size_t terms, float* wide) {
  for (std::size_t p = 0; p < terms; p += 2) {
    const std::size_t halves = smaller(2, terms - p);
    for (std::size_t half = 0; half < halves; ++half) {
#pragma GCC unroll 4
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        Simd::store(wide + (p + half) * Simd::kPanel + v * Simd::kLanes,
                    widened(w + p * Simd::kPanel, v, half));
      }
    }
  }
}

// The outputs [row_begin, row_end) x [column_begin, column_end) of an item. kTerms rows of a panel
// at a time are widened; they and the rows of x they meet stay in a first-level cache of 32 KiB.
// Where rows of x alias there (for_each_item() says how), they are copied together.
template <typename Weight>
[[gnu::always_inline]] inline void compute_widened(const ArgsOf<Weight>& a, std::size_t row_begin,
                                                   std::size_t row_end, std::size_t column_begin,
                                                   std::size_t column_end, bool alias,
                                                   Products products) {
  constexpr std::size_t kTerms = 4096 / Simd::kPanel;
  constexpr std::size_t kStride = kTerms + 16;
  alignas(64) float wide[kTerms * Simd::kPanel];
  alignas(64) float together[Simd::kTileRows * kStride];
  alignas(64) float sums[kBlockRows * Simd::kPanel];
  static_assert(sizeof wide + sizeof together + sizeof sums <= 48 * 1024);
  for (std::size_t column = column_begin; column < column_end; column += Simd::kPanel) {
    const std::size_t columns = smaller(Simd::kPanel, column_end - column);
    const Weight* panel = a.w + column * depth<Weight>(a.k);
    clear(sums, (row_end - row_begin) * Simd::kPanel);
    for (std::size_t p = 0; p < a.k; p += kTerms) {
      const std::size_t terms = smaller(kTerms, a.k - p);
      widen_panel(panel + p * Simd::kPanel, terms, wide);
      const bool last = p + terms == a.k;
      float* tile = sums;
      for (std::size_t row = row_begin; row < row_end; row += Simd::kTileRows) {
        const std::size_t rows = smaller(Simd::kTileRows, row_end - row);
        const float* x = a.x + row * a.ldx + p;
        if (last) fetch(a.y + row * a.ldy + column, a.ldy, rows, columns);
        if (alias) {
          copy_rows(x, a.ldx, rows, terms, together, kStride);
          products[rows - 1](together, kStride, wide, terms, tile);
        } else {
          products[rows - 1](x, a.ldx, wide, terms, tile);
        }
        tile += rows * Simd::kPanel;
      }
    }
    finish(a, sums, row_begin, row_end - row_begin, column, columns);
  }
}

template <typename Weight>
[[gnu::always_inline]] inline void run_widened(const ArgsOf<Weight>& a, Range items,
                                               Products products) {
  for_each_item(
      a, items, [&](auto... block) __attribute__((always_inline)) {
        compute_widened(a, block..., products);
      });
}

}  // namespace
}  // namespace sotto::kernels::gemm
