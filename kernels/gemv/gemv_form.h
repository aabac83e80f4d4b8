// gemv over any instruction set; a variant includes gemm_simd_<isa>.h first.
#pragma once

#include <cstdint>

#include "kernels/gemm/gemm_widen.h"
#include "kernels/gemv/gemv.h"

namespace sotto::kernels::gemv {
namespace {

using gemm::Simd;
using gemm::Vec;

// Vector v of row p + u of a panel whose row p is at w; p is a multiple of the steps of product().
[[gnu::always_inline]] inline Vec weights(const float* w, std::size_t v, std::size_t u) {
  return Simd::load(w + u * Simd::kPanel + v * Simd::kLanes);
}
template <typename Half>
[[gnu::always_inline]] inline Vec weights(const Half* w, std::size_t v, std::size_t u) {
  return gemm::widened(w + u / 2 * 2 * Simd::kPanel, v, u % 2);
}

// Adds sum_p x[r * ldx + p] * w[q, p, j] to sums[q, r, j] for the panels q < kPanels, which lie
// `panel` elements apart, the rows r < kRows and j < kPanel. Each is one chain of fused
// multiply-adds (Multiply::fma) in the order of p, as in gemm: the bits of a row depend neither on
// m nor on which of the two ops computes it. What hides the latency of the chains is their number,
// kPanels * kRows * kVecs; splitting the sum over p instead would need more registers for four rows
// than AVX2 has.
template <typename Multiply, std::size_t kRows, std::size_t kPanels, typename Weight>
[[gnu::always_inline]] inline void product(const float* x, std::size_t ldx, const Weight* w,
                                           std::size_t panel, std::size_t k, float* sums) {
  constexpr std::size_t kVecs = kPanels * Simd::kVecs;
  constexpr std::size_t kUnroll = 4;
  // Whether to fetch ahead. With the work of three or four rows between two loads, the window of
  // outstanding loads no longer covers memory, nor with half of the bytes in every load: n = 51865,
  // k = 384 goes from 16 to 23 GB/s (four rows, AVX2, Zen 4), with weights of 16 bits from 13.8 to
  // 15.5 (one row, AVX-512, Sapphire Rapids). It costs up to a fifth elsewhere.
  constexpr bool kFetch = kRows > 2 || sizeof(Weight) < sizeof(float);
  constexpr std::size_t kAheadBytes = 4096;
  // Where the sums of vector v of the panels' row and row r of x lie.
  const auto at = [](std::size_t r, std::size_t v) __attribute__((always_inline)) {
    return (v / Simd::kVecs * kRows + r) * Simd::kPanel + v % Simd::kVecs * Simd::kLanes;
  };

  Vec acc[kRows][kVecs];
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) acc[r][v] = Simd::load(sums + at(r, v));
  }
  const auto step = [&](std::size_t p, std::size_t u) __attribute__((always_inline)) {
    const Weight* row = w + p * Simd::kPanel;
    Vec b[kVecs];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) {
      b[v] = weights(row + v / Simd::kVecs * panel, v % Simd::kVecs, u);
    }
    if constexpr (kFetch) {
      const auto address = reinterpret_cast<std::uintptr_t>(row + u * Simd::kPanel);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < Simd::kPanel * sizeof(Weight); i += 64) {
        __builtin_prefetch(reinterpret_cast<const void*>(address + kAheadBytes + i));
      }
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec e = Simd::set(x[r * ldx + p + u]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVecs; ++v) acc[r][v] = Multiply::fma(e, b[v], acc[r][v]);
    }
  };
  std::size_t p = 0;
  for (; p + kUnroll <= k; p += kUnroll) {
#pragma GCC unroll 4
    for (std::size_t u = 0; u < kUnroll; ++u) step(p, u);
  }
  for (std::size_t u = 0; p + u < k; ++u) step(p, u);

#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) Simd::store(sums + at(r, v), acc[r][v]);
  }
}

// The outputs of kRows rows and kPanels panels.
template <std::size_t kRows, std::size_t kPanels, typename Weight>
void block(const gemm::ArgsOf<Weight>& a, std::size_t row, std::size_t column) {
  alignas(64) float sums[kPanels * kRows * Simd::kPanel] = {};
  const std::size_t deep = gemm::depth<Weight>(a.k);
  product<Simd, kRows, kPanels>(a.x + row * a.ldx, a.ldx, a.w + column * deep, Simd::kPanel * deep,
                                a.k, sums);
  for (std::size_t q = 0; q < kPanels; ++q, column += Simd::kPanel) {
    gemm::finish(a, sums + q * kRows * Simd::kPanel, row, kRows, column,
                 gemm::smaller(Simd::kPanel, a.n - column));
  }
}

// Panels that three or four rows take at once. Two streams of weights are fetched sooner than one,
// where there are registers for their sums.
constexpr std::size_t kManyRowsPanels = Simd::kTileRows > 6 ? 2 : 1;

template <std::size_t kRows, typename Weight>
[[gnu::always_inline]] inline void many_rows(const gemm::ArgsOf<Weight>& a, std::size_t row,
                                             std::size_t column, bool two) {
  if (two && kManyRowsPanels == 2) {
    block<kRows, kManyRowsPanels>(a, row, column);
  } else {
    block<kRows, 1>(a, row, column);
    if (two) block<kRows, 1>(a, row, column + Simd::kPanel);
  }
}

// One or two rows take two panels at once, for chains enough; more rows have them in one.
template <typename Weight>
[[gnu::always_inline]] inline void run(const gemm::ArgsOf<Weight>& a, Range items) {
  constexpr std::size_t kColumns = Simd::kPanel * kItemPanels;
  static_assert(kItemPanels == 2 && kMaxRows == 4);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t column = item * kColumns;
    const bool two = a.n - column > Simd::kPanel;
    for (std::size_t row = 0; row < a.m; row += kMaxRows) {
      switch (a.m - row) {
        case 1: two ? block<1, 2>(a, row, column) : block<1, 1>(a, row, column); break;
        case 2: two ? block<2, 2>(a, row, column) : block<2, 1>(a, row, column); break;
        case 3: many_rows<3>(a, row, column, two); break;
        default: many_rows<4>(a, row, column, two);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::gemv
