// The parts of a matrix product that every instruction set shares; a variant includes its
// gemm_simd_<isa>.h first and brings a product of kRows rows with one panel.
#pragma once

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm {
namespace {

using Vec = Simd::Vec;

[[gnu::always_inline]] inline std::size_t smaller(std::size_t a, std::size_t b) {
  return a < b ? a : b;
}

// v * (1 + erf(v / sqrt(2))) / 2, with erf(v / sqrt(2)) = v * p(v^2) / q(v^2) on |v| <= kFlat, past
// which it is 1 within 4e-8. The coefficients are a minimax fit (iteratively reweighted least
// squares) with an absolute error of 1.5e-8; with float rounding the result is within
// 2e-7 * max(1, |v|).
[[gnu::always_inline]] inline Vec gelu(Vec v) {
  constexpr float kFlat = 5.5F;
  const Vec t = Simd::max(Simd::min(v, Simd::set(kFlat)), Simd::set(-kFlat));
  const Vec u = Simd::mul(t, t);
  Vec p = Simd::set(4.54997012e-8F);
  p = Simd::fma(p, u, Simd::set(1.27024761e-5F));
  p = Simd::fma(p, u, Simd::set(3.37545371e-4F));
  p = Simd::fma(p, u, Simd::set(9.35386991e-3F));
  p = Simd::fma(p, u, Simd::set(6.76960275e-2F));
  p = Simd::fma(p, u, Simd::set(7.97884470e-1F));
  Vec q = Simd::set(1.19745269e-6F);
  q = Simd::fma(q, u, Simd::set(7.36277585e-5F));
  q = Simd::fma(q, u, Simd::set(1.88414871e-3F));
  q = Simd::fma(q, u, Simd::set(2.86431116e-2F));
  q = Simd::fma(q, u, Simd::set(2.51510312e-1F));
  q = Simd::fma(q, u, Simd::set(1.0F));
  const Vec erf = Simd::div(Simd::mul(t, p), q);
  const Vec half = Simd::mul(v, Simd::set(0.5F));
  return Simd::fma(half, erf, half);
}

// y[row + r, column + j] for r < rows and j < columns <= kPanel, from the sums [rows, kPanel].
template <typename Weight>
[[gnu::always_inline]] inline void finish(const ArgsOf<Weight>& a, const float* sums,
                                          std::size_t row, std::size_t rows, std::size_t column,
                                          std::size_t columns) {
  const Vec scale = Simd::set(a.scale);
  for (std::size_t j = 0; j < columns; j += Simd::kLanes) {
    const std::size_t count = columns - j;
    const bool full = count >= Simd::kLanes;
    Vec bias = Simd::set(0.0F);
    if (a.bias != nullptr) {
      const float* p = a.bias + column + j;
      bias = full ? Simd::load(p) : Simd::load_first(p, count);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      Vec v = Simd::fma(Simd::load(sums + r * Simd::kPanel + j), scale, bias);
      if (a.activation == Activation::kGelu) v = gelu(v);
      if (a.residual != nullptr) {
        const float* p = a.residual + (row + r) * a.ldr + column + j;
        v = Simd::add(v, full ? Simd::load(p) : Simd::load_first(p, count));
      }
      float* y = a.y + (row + r) * a.ldy + column + j;
      full ? Simd::store(y, v) : Simd::store_first(y, v, count);
    }
  }
}

// Adds sum_p x[r * ldx + p] * w[p, j] to sums[r, j] for r < kRows and j < kPanel, by a chain of
// fused multiply-adds in the order of p: the same bits whatever kRows and however p is cut into
// calls.
using Product = void (*)(const float* x, std::size_t ldx, const float* w, std::size_t k,
                         float* sums);
using Products = const Product (&)[Simd::kTileRows];  // entry r computes r + 1 rows

// Asks for the outputs of a tile to be in the second-level cache once it is computed: 1500 x 1536
// of them from k = 384 take 0.91 of the time without, 1500 x 384 as long (AVX-512, Sapphire
// Rapids). Into the first level, for writing, the products of 8 bits take 1.06 of the time.
[[gnu::always_inline]] inline void fetch(const float* y, std::size_t ldy, std::size_t rows,
                                         std::size_t columns) {
  constexpr std::size_t kLine = 64 / sizeof(float);
  for (std::size_t r = 0; r < rows; ++r, y += ldy) {
    for (std::size_t j = 0; j < columns; j += kLine) __builtin_prefetch(y + j, 0, 2);
  }
}

[[gnu::always_inline]] inline void clear(float* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = 0.0F;
}

// The outputs [row_begin, row_end) x [column_begin, column_end) of an item. The weights of a panel
// are used for all the rows before the next panel, so that they stay in the nearest cache that
// holds them.
[[gnu::always_inline]] inline void compute(const Args& a, std::size_t row_begin,
                                           std::size_t row_end, std::size_t column_begin,
                                           std::size_t column_end, Products products) {
  alignas(64) float sums[Simd::kTileRows * Simd::kPanel];
  for (std::size_t column = column_begin; column < column_end; column += Simd::kPanel) {
    const std::size_t columns = smaller(Simd::kPanel, column_end - column);
    for (std::size_t row = row_begin; row < row_end; row += Simd::kTileRows) {
      const std::size_t rows = smaller(Simd::kTileRows, row_end - row);
      fetch(a.y + row * a.ldy + column, a.ldy, rows, columns);
      clear(sums, rows * Simd::kPanel);
      products[rows - 1](a.x + row * a.ldx, a.ldx, a.w + column * a.k, a.k, sums);
      finish(a, sums, row, rows, column, columns);
    }
  }
}

[[gnu::always_inline]] inline void copy_rows(const float* x, std::size_t ldx, std::size_t rows,
                                             std::size_t terms, float* to, std::size_t stride) {
  for (std::size_t r = 0; r < rows; ++r, x += ldx, to += stride) {
    std::size_t i = 0;
    for (; i + Simd::kLanes <= terms; i += Simd::kLanes) Simd::store(to + i, Simd::load(x + i));
    for (; i < terms; ++i) to[i] = x[i];
  }
}

// The same for rows of x that are brought together first, kTerms at a time, and then meet all
// panels of the item. copy(row, rows, p, terms, to, stride) does that. w and k are those of the
// panels, which the copies match.
template <std::size_t kTerms, typename Weight, typename Copy>
[[gnu::always_inline]] inline void compute_copied(const ArgsOf<Weight>& a, const float* w,
                                                  std::size_t k, std::size_t row_begin,
                                                  std::size_t row_end, std::size_t column_begin,
                                                  std::size_t column_end, Products products,
                                                  const Copy& copy) {
  constexpr std::size_t kStride = kTerms + 16;
  constexpr std::size_t kTile = Simd::kTileRows * Simd::kPanel;
  alignas(64) float x[Simd::kTileRows * kStride];
  alignas(64) float sums[kBlockPanels * kTile];
  for (std::size_t row = row_begin; row < row_end; row += Simd::kTileRows) {
    const std::size_t rows = smaller(Simd::kTileRows, row_end - row);
    clear(sums, kBlockPanels * kTile);
    for (std::size_t p = 0; p < k; p += kTerms) {
      const std::size_t terms = smaller(kTerms, k - p);
      copy(row, rows, p, terms, x, kStride);
      if (p + terms == k) {
        fetch(a.y + row * a.ldy + column_begin, a.ldy, rows, column_end - column_begin);
      }
      float* panel_sums = sums;
      for (std::size_t column = column_begin; column < column_end; column += Simd::kPanel) {
        products[rows - 1](x, kStride, w + column * k + p * Simd::kPanel, terms, panel_sums);
        panel_sums += kTile;
      }
    }
    const float* panel_sums = sums;
    for (std::size_t column = column_begin; column < column_end; column += Simd::kPanel) {
      finish(a, panel_sums, row, rows, column, smaller(Simd::kPanel, column_end - column));
      panel_sums += kTile;
    }
  }
}

// Calls block(row_begin, row_end, column_begin, column_end, alias) for each item, where alias says
// that rows of x lie a multiple of kAliasBytes apart. Those fall into the same few places of a
// first-level cache, which has fewer ways than a tile has rows, so that they are copied together
// first. With k = 2048, 1500 x 512 outputs take 0.8 of the time of compute() in AVX-512 (Zen 4).
template <typename Weight, typename Block>
[[gnu::always_inline]] inline void for_each_item(const ArgsOf<Weight>& a, Range items,
                                                 const Block& block) {
  constexpr std::size_t kColumns = Simd::kPanel * kBlockPanels;
  constexpr std::size_t kAliasBytes = 4096;
  const bool alias = Simd::kTileRows > 6 && a.ldx * sizeof(float) % kAliasBytes == 0;
  const std::size_t across = ceil_div(a.n, kColumns);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t row = item / across * kBlockRows;
    const std::size_t row_end = smaller(row + kBlockRows, a.m);
    const std::size_t column = item % across * kColumns;
    const std::size_t column_end = smaller(column + kColumns, a.n);
    block(row, row_end, column, column_end, alias && row_end - row > 2);
  }
}

[[gnu::always_inline]] inline void run(const Args& a, Range items, Products products) {
  for_each_item(
      a, items,
      [&](std::size_t row, std::size_t row_end, std::size_t column, std::size_t column_end,
          bool alias) __attribute__((always_inline)) {
        if (alias) {
          const auto copy = [&](std::size_t r, std::size_t rows, std::size_t p, std::size_t terms,
                                float* to, std::size_t stride) __attribute__((always_inline)) {
            copy_rows(a.x + r * a.ldx + p, a.ldx, rows, terms, to, stride);
          };
          compute_copied<256>(a, a.w, a.k, row, row_end, column, column_end, products, copy);
        } else {
          compute(a, row, row_end, column, column_end, products);
        }
      });
}

}  // namespace
}  // namespace sotto::kernels::gemm
