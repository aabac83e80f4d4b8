// gemv over any instruction set; a variant includes gemm_simd_<isa>.h first.
#pragma once

#include <cstdint>

#include "kernels/gemm/gemm_form.h"
#include "kernels/gemv/gemv.h"

namespace sotto::kernels::gemv {
namespace {

using gemm::Simd;
using gemm::Vec;

// sums[q, r, j] = sum_p x[r * ldx + p] * w[q, p, j] for the panels q < kPanels, the rows r < kRows
// and j < kPanel. Each is one chain of fused multiply-adds in the order of p, as in gemm: the bits
// of a row depend neither on m nor on which of the two ops computes it. What hides the latency of
// the chains is their number, kPanels * kRows * kVecs; splitting the sum over p instead would need
// more registers for four rows than AVX2 has.
template <std::size_t kRows, std::size_t kPanels>
[[gnu::always_inline]] inline void product(const float* x, std::size_t ldx, const float* w,
                                           std::size_t k, float* sums) {
  constexpr std::size_t kVecs = kPanels * Simd::kVecs;
  constexpr std::size_t kUnroll = 4;
  // Terms ahead to fetch. With the work of three or four rows between two loads, the window of
  // outstanding loads of AVX2 code no longer covers memory: n = 51865, k = 384 goes from
  // 16 to 23 GB/s (Zen 4). Fetching costs up to a fifth elsewhere.
  constexpr std::size_t kAhead = kRows > 2 && Simd::kLanes == 8 ? 64 : 0;
  // Vector v of the panels' row p.
  const auto at = [&](std::size_t p, std::size_t v) __attribute__((always_inline)) {
    return v / Simd::kVecs * k * Simd::kPanel + p * Simd::kPanel + v % Simd::kVecs * Simd::kLanes;
  };

  Vec acc[kRows][kVecs];
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) acc[r][v] = Simd::set(0.0F);
  }
  const auto step = [&](std::size_t p) __attribute__((always_inline)) {
    Vec b[kVecs];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) b[v] = Simd::load(w + at(p, v));
    if constexpr (kAhead != 0) {
      const auto address = reinterpret_cast<std::uintptr_t>(w + at(p, 0));
      __builtin_prefetch(
          reinterpret_cast<const void*>(address + kAhead * Simd::kPanel * sizeof(float)));
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec e = Simd::set(x[r * ldx + p]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVecs; ++v) acc[r][v] = Simd::fma(e, b[v], acc[r][v]);
    }
  };
  std::size_t p = 0;
  for (; p + kUnroll <= k; p += kUnroll) {
#pragma GCC unroll 4
    for (std::size_t u = 0; u < kUnroll; ++u) step(p + u);
  }
  for (; p < k; ++p) step(p);

#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) {
      const std::size_t q = v / Simd::kVecs, j = v % Simd::kVecs * Simd::kLanes;
      Simd::store(sums + (q * kRows + r) * Simd::kPanel + j, acc[r][v]);
    }
  }
}

// The outputs of kRows rows and kPanels panels.
template <std::size_t kRows, std::size_t kPanels>
void block(const Args& a, std::size_t row, std::size_t column) {
  alignas(64) float sums[kPanels * kRows * Simd::kPanel];
  product<kRows, kPanels>(a.x + row * a.ldx, a.ldx, a.w + column * a.k, a.k, sums);
  for (std::size_t q = 0; q < kPanels; ++q, column += Simd::kPanel) {
    gemm::finish(a, sums + q * kRows * Simd::kPanel, row, kRows, column,
                 gemm::smaller(Simd::kPanel, a.n - column));
  }
}

// One or two rows take two panels at once, for chains enough; more rows have them in one.
[[gnu::always_inline]] inline void run(const Args& a, Range items) {
  constexpr std::size_t kColumns = Simd::kPanel * kItemPanels;
  static_assert(kItemPanels == 2 && kMaxRows == 4);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t column = item * kColumns;
    const bool two = a.n - column > Simd::kPanel;
    const std::size_t next = column + Simd::kPanel;
    for (std::size_t row = 0; row < a.m; row += kMaxRows) {
      switch (a.m - row) {
        case 1: two ? block<1, 2>(a, row, column) : block<1, 1>(a, row, column); break;
        case 2: two ? block<2, 2>(a, row, column) : block<2, 1>(a, row, column); break;
        case 3:
          block<3, 1>(a, row, column);
          if (two) block<3, 1>(a, row, next);
          break;
        default:
          block<4, 1>(a, row, column);
          if (two) block<4, 1>(a, row, next);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::gemv
