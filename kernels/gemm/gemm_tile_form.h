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

// Rows [0, kRows) of x, terms of a chunk, as bfloat16; those past k are zeros. Rows past m are
// never read as results, whatever they hold.
template <std::size_t kTerms>
struct alignas(64) RoundedRows {
  static constexpr std::size_t kStride = kTerms + kStep;  // not a power of two
  Bf16 of[kRows][kStride];
};

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

// The items of a product whose rows of x are brought together kTerms terms at a time and then meet
// all panels of the item. load(row, rows, p, terms) does that and gives the numbers; weights(panel,
// p, terms) gives those of a panel.
template <bool kSplit, std::size_t kTerms, typename Weight, typename Load, typename Weights>
[[gnu::always_inline]] inline void run_tiles(const ArgsOf<Weight>& a, Range items, const Load& load,
                                             const Weights& weights) {
  static_assert(kTerms % kStep == 0 && kBlockRows % kRows == 0);
  constexpr std::size_t kTile = kRows * Simd::kPanel;
  constexpr auto kAll = std::uint8_t{Simd::kTileRows};
  const Tiles tiles({{kAll, 64},
                     {kAll, 64},
                     {kAll, 64},
                     {kAll, 64},
                     {kAll, 64},
                     {kAll, 64},
                     {kStep / 2, 64},
                     {kStep / 2, 64}});
  alignas(64) float sums[kBlockPanels * kTile];
  for_each_item(
      a, items,
      [&](std::size_t row_begin, std::size_t row_end, std::size_t column_begin,
          std::size_t column_end, bool) __attribute__((always_inline)) {
        for (std::size_t row = row_begin; row < row_end; row += kRows) {
          const std::size_t rows = smaller(kRows, row_end - row);
          for (std::size_t p = 0; p < a.k; p += kTerms) {
            const std::size_t terms = smaller(kTerms, a.k - p);
            const Numbers<kSplit> x = load(row, rows, p, terms);
            float* panel_sums = sums;
            for (std::size_t column = column_begin; column < column_end; column += Simd::kPanel) {
              const Weight* panel = a.w + column * depth<Weight>(a.k);
              weights(
                  panel, p, terms,
                  [&](Numbers<kSplit> w, std::size_t steps, std::size_t done)
                      __attribute__((always_inline)) {
                        Numbers<kSplit> from = x;
                        from.next(done * kStep);
                        const auto product = rows > Simd::kTileRows ? multiply<kSplit, true>
                                                                    : multiply<kSplit, false>;
                        product(from, RoundedRows<kTerms>::kStride, w, steps, panel_sums,
                                p == 0 && done == 0);
                      });
              panel_sums += kTile;
            }
          }
          const float* panel_sums = sums;
          for (std::size_t column = column_begin; column < column_end; column += Simd::kPanel) {
            finish(a, panel_sums, row, rows, column, smaller(Simd::kPanel, column_end - column));
            panel_sums += kTile;
          }
        }
      });
}

}  // namespace
}  // namespace sotto::kernels::gemm
