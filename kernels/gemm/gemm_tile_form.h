// A matrix product in AMX's bfloat16: numbers are rounded to that type, or are taken as the sum of
// two such, and meet in tiles. Include gemm_simd_avx512.h first.
#pragma once

#include "kernels/gemm/gemm_form.h"
#include "kernels/gemm/gemm_tiles.h"

namespace sotto::kernels::gemm {
namespace {

constexpr std::size_t kStep = 32;                        // terms of a product of tiles
constexpr std::size_t kRows = 2 * Simd::kTileRows;       // two tiles; kBlockRows is a multiple
constexpr std::size_t kStepSize = kStep * Simd::kPanel;  // weights of a panel

// Numbers as sums high + low; without kSplit low is not used.
template <bool kSplit>
struct Numbers {
  const Bf16* high;
  const Bf16* low;

  [[gnu::always_inline]] inline void next(std::size_t count) {
    high += count;
    if constexpr (kSplit) low += count;
  }
};

// Tiles 0 to 3 are the sums [row tile, half of the panel], 4 and 5 rows of x, 6 and 7 the halves of
// the panel.
[[gnu::always_inline]] inline void set_up_rows(const Bf16* x, std::size_t stride, bool two) {
  _tile_loadd(4, x, stride * sizeof(Bf16));
  if (two) _tile_loadd(5, x + Simd::kTileRows * stride, stride * sizeof(Bf16));
}
[[gnu::always_inline]] inline void set_up_weights(const Bf16* w) {
  constexpr std::size_t kStride = 2 * Simd::kPanel * sizeof(Bf16);
  _tile_loadd(6, w, kStride);
  _tile_loadd(7, w + 2 * kTileColumns, kStride);
}
[[gnu::always_inline]] inline void multiply_tiles(bool two) {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  if (!two) return;
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

// Adds the products of `steps` steps to sums [kRows, kPanel], which count as zeros if `first`; rows
// of the second tile only if kTwo.
template <bool kSplit, bool kTwo>
void multiply(Numbers<kSplit> x, std::size_t stride, Numbers<kSplit> w, std::size_t steps,
              float* sums, bool first) {
  constexpr std::size_t kBytes = Simd::kPanel * sizeof(float);
  float* lower = sums + Simd::kTileRows * Simd::kPanel;
  finish_writes();
  if (first) {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (kTwo) {
      _tile_zero(2);
      _tile_zero(3);
    }
  } else {
    _tile_loadd(0, sums, kBytes);
    _tile_loadd(1, sums + kTileColumns, kBytes);
    if constexpr (kTwo) {
      _tile_loadd(2, lower, kBytes);
      _tile_loadd(3, lower + kTileColumns, kBytes);
    }
  }
  for (; steps > 0; --steps, x.next(kStep), w.next(kStepSize)) {
    set_up_rows(x.high, stride, kTwo);
    if constexpr (kSplit) {
      set_up_weights(w.low);
      multiply_tiles(kTwo);
    }
    set_up_weights(w.high);
    multiply_tiles(kTwo);
    if constexpr (kSplit) {
      set_up_rows(x.low, stride, kTwo);
      multiply_tiles(kTwo);
    }
  }
  _tile_stored(0, sums, kBytes);
  _tile_stored(1, sums + kTileColumns, kBytes);
  if constexpr (kTwo) {
    _tile_stored(2, lower, kBytes);
    _tile_stored(3, lower + kTileColumns, kBytes);
  }
}

// 32 terms of a row, of which the first `count` are there and the others zeros.
struct Terms {
  Vec first, second;

  [[gnu::always_inline]] inline Terms(const float* x, std::size_t count) {
    first = count >= 16 ? Simd::load(x) : Simd::load_first(x, count);
    second = count >= kStep ? Simd::load(x + 16)
             : count > 16   ? Simd::load_first(x + 16, count - 16)
                            : Simd::set(0.0F);
  }
};

[[gnu::always_inline]] inline __m512i rounded(const Terms& t) {
  return (__m512i)_mm512_cvtne2ps_pbh(t.second, t.first);
}
// 16 numbers.
[[gnu::always_inline]] inline Vec widened(const Bf16* p) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  const __m512i wide = _mm512_maskz_cvtepu16_epi32(0xFFFF, halves);
  return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(0xFFFF, wide, 16));
}

// All registers as above, for as long as it lives.
struct ProductTiles : Tiles {
  [[gnu::always_inline]] inline ProductTiles()
      : Tiles({kSums, kSums, kSums, kSums, kSums, kSums, {kStep / 2, 64}, {kStep / 2, 64}}) {}

 private:
  static constexpr TileShape kSums = {std::uint8_t{Simd::kTileRows}, 64};  // and those of x
};

// The outputs [row_begin, row_end) x [column_begin, column_end), column_begin the first of a panel.
// Rows of x are prepared kRows rows and kTerms terms at a time, for kBlockPanels panels or, if
// kTerms are all, for all of them. x(row, rows, p, terms) does that and gives the numbers, of a row
// stride of kTerms; what lies in rows past `rows` does not matter. w(panel, p, terms, part) calls
// part(numbers, steps, done) with those of a panel, `done` steps after p.
template <bool kSplit, std::size_t kTerms, typename Weight, typename X, typename W>
[[gnu::always_inline]] inline void compute_tiles(const ArgsOf<Weight>& a, std::size_t row_begin,
                                                 std::size_t row_end, std::size_t column_begin,
                                                 std::size_t column_end, const X& x, const W& w) {
  static_assert(kTerms % kStep == 0 && kBlockRows % kRows == 0);
  constexpr std::size_t kColumns = Simd::kPanel * kBlockPanels;
  constexpr std::size_t kTile = kRows * Simd::kPanel;
  alignas(64) float sums[kBlockPanels * kTile];
  for (std::size_t row = row_begin; row < row_end; row += kRows) {
    const std::size_t rows = smaller(kRows, row_end - row);
    const auto product = rows > Simd::kTileRows ? multiply<kSplit, true> : multiply<kSplit, false>;
    Numbers<kSplit> held{};
    for (std::size_t begin = column_begin; begin < column_end; begin += kColumns) {
      const std::size_t end = smaller(begin + kColumns, column_end);
      for (std::size_t p = 0; p < a.k; p += kTerms) {
        const std::size_t terms = smaller(kTerms, a.k - p);
        if (begin == column_begin || a.k > kTerms) held = x(row, rows, p, terms);
        float* tile = sums;
        for (std::size_t column = begin; column < end; column += Simd::kPanel) {
          const auto part = [&](Numbers<kSplit> panel, std::size_t steps, std::size_t done)
              __attribute__((always_inline)) {
            Numbers<kSplit> from = held;
            from.next(done * kStep);
            product(from, kTerms, panel, steps, tile, p == 0 && done == 0);
          };
          w(a.w + column * depth<Weight>(a.k), p, terms, part);
          tile += kTile;
        }
      }
      const float* tile = sums;
      for (std::size_t column = begin; column < end; column += Simd::kPanel) {
        finish(a, tile, row, rows, column, smaller(Simd::kPanel, end - column));
        tile += kTile;
      }
    }
  }
}

// Calls block(row_begin, row_end, column_begin, column_end) for the items, up to four side by side
// at once, so that x is prepared once for them.
template <typename Weight, typename Block>
[[gnu::always_inline]] inline void for_items_together(const ArgsOf<Weight>& a, Range items,
                                                      const Block& block) {
  constexpr std::size_t kColumns = Simd::kPanel * kBlockPanels, kMost = 4;
  const std::size_t across = ceil_div(a.n, kColumns);
  for (std::size_t item = items.begin; item < items.end;) {
    const std::size_t row = item / across * kBlockRows, column = item % across * kColumns;
    const std::size_t some = smaller(kMost, smaller(items.end - item, across - item % across));
    block(row, smaller(row + kBlockRows, a.m), column, smaller(column + some * kColumns, a.n));
    item += some;
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm
