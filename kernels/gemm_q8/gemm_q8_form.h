// The parts of a product with 8- or 4-bit weights that every instruction set shares; a variant
// includes its gemm_simd_<isa>.h first and defines product().
#pragma once

#include <utility>

#include "kernels/gemm/gemm_form.h"
#include "kernels/gemm_q8/gemm_q8.h"

namespace sotto::kernels::gemm_q8 {
namespace {

using gemm::Simd;
using gemm::Vec;

// The types of weights.
enum class Bits { kEight, kFour };

// The bytes of a panel's block.
template <Bits kBits>
constexpr std::size_t kPanelBytes = Simd::kPanel*(kScaleBytes +
                                                  (kBits == Bits::kEight ? kTerms : kTerms / 2));

// Continues the chains of gemm_q8.h's s[r, j] from sums[r, j] by `blocks` blocks of the kRows rows
// of x and of the panel w, for j < kPanel.
template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums);

// Entry r computes r + 1 rows.
using Product = void (*)(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
                         float* sums);
template <std::size_t kTileRows>
struct Products {
  Product of[kTileRows];
};
template <Bits kBits, std::size_t... kRows>
constexpr Products<sizeof...(kRows)> products(std::index_sequence<kRows...>) {
  return {{product<kBits, kRows + 1>...}};
}

// The sums of a tile as the chains of fused multiply-adds that they are.
template <std::size_t kRows>
struct Chains {
  Vec of[kRows][Simd::kVecs];

  [[gnu::always_inline]] inline explicit Chains(const float* sums) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        of[r][v] = Simd::load(sums + r * Simd::kPanel + v * Simd::kLanes);
      }
    }
  }
  // A block's exact sums of one vector, times the scales of its columns and of the row.
  [[gnu::always_inline]] inline void add(std::size_t r, std::size_t v, Vec exact, Vec scales,
                                         Vec scale) {
    of[r][v] = Simd::fma(exact, Simd::mul(scales, scale), of[r][v]);
  }
  [[gnu::always_inline]] inline void store(float* sums) const {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        Simd::store(sums + r * Simd::kPanel + v * Simd::kLanes, of[r][v]);
      }
    }
  }
};

// The outputs [row_begin, row_end) x [column_begin, column_end) of an item, column_begin the first
// of a panel.
struct Outputs {
  std::size_t row_begin, row_end, column_begin, column_end;
};

[[gnu::always_inline]] inline gemm::Args epilogue(const Args& a) {
  return {nullptr, 0,   nullptr, a.bias, a.residual,   a.ldr,   a.y,
          a.ldy,   a.m, a.n,     a.k,    Simd::kPanel, a.scale, a.activation};
}

// The blocks from b on of the panel that begins at `column`.
template <Bits kBits>
[[gnu::always_inline]] inline const std::uint8_t* at(const Args& a, std::size_t column,
                                                     std::size_t b) {
  return a.w + (column / Simd::kPanel * (a.k / kTerms) + b) * kPanelBytes<kBits>;
}

// The weights of a panel are used for all the rows before the next panel, so that they stay in the
// nearest cache that holds them.
template <Bits kBits, std::size_t kTileRows>
[[gnu::always_inline]] inline void compute(const Args& a, const Outputs& o) {
  static constexpr Products<kTileRows> kProducts =
      products<kBits>(std::make_index_sequence<kTileRows>());
  const std::size_t blocks = a.k / kTerms;
  const gemm::Args e = epilogue(a);
  alignas(64) float sums[kTileRows * Simd::kPanel];
  for (std::size_t column = o.column_begin; column < o.column_end; column += Simd::kPanel) {
    const std::size_t columns = gemm::smaller(Simd::kPanel, o.column_end - column);
    const std::uint8_t* w = at<kBits>(a, column, 0);
    for (std::size_t row = o.row_begin; row < o.row_end; row += kTileRows) {
      const std::size_t rows = gemm::smaller(kTileRows, o.row_end - row);
      gemm::fetch(a.y + row * a.ldy + column, a.ldy, rows, columns);
      gemm::clear(sums, rows * Simd::kPanel);
      kProducts.of[rows - 1](a.x + row * a.ldx, a.ldx, w, blocks, sums);
      gemm::finish(e, sums, row, rows, column, columns);
    }
  }
}

// Blocks of a panel of 4-bit weights as the same of 8 bits, each weight plus kBias (modulo 2^8)
// over its stored value. The two layouts are alike: the low halves are the first 16 terms.
template <std::uint8_t kBias>
[[gnu::always_inline]] inline void widen_panel(const std::uint8_t* from, std::size_t blocks,
                                               std::uint8_t* to) {
  constexpr std::size_t kScales = kScaleBytes * Simd::kPanel;
  constexpr std::size_t kHalf = kTerms / 2 * Simd::kPanel;
  for (; blocks > 0; --blocks) {
    for (std::size_t i = 0; i < kScales; ++i) to[i] = from[i];
    for (std::size_t i = 0; i < kHalf; ++i) {
      const std::uint8_t both = from[kScales + i];
      to[kScales + i] = static_cast<std::uint8_t>((both & 15) + kBias);
      to[kScales + kHalf + i] = static_cast<std::uint8_t>((both >> 4) + kBias);
    }
    from += kPanelBytes<Bits::kFour>;
    to += kPanelBytes<Bits::kEight>;
  }
}

// The same for many rows: these meet a panel kBlocks blocks at a time, which stay in the
// first-level cache with the rows' sums. chunk(column, b, blocks) gives the blocks from b on. 1500
// x 512 outputs from k = 2048 take 0.86 of the time of compute() (AVX-512 VNNI, Sapphire Rapids).
constexpr std::size_t kBlocks = 12;
template <Bits kBits, std::size_t kTileRows, typename Chunk>
[[gnu::always_inline]] inline void compute_chunks(const Args& a, const Outputs& o,
                                                  const Chunk& chunk) {
  static constexpr Products<kTileRows> kProducts =
      products<kBits>(std::make_index_sequence<kTileRows>());
  const std::size_t blocks = a.k / kTerms;
  const gemm::Args e = epilogue(a);
  alignas(64) float sums[kBlockRows * Simd::kPanel];
  for (std::size_t column = o.column_begin; column < o.column_end; column += Simd::kPanel) {
    const std::size_t columns = gemm::smaller(Simd::kPanel, o.column_end - column);
    gemm::clear(sums, (o.row_end - o.row_begin) * Simd::kPanel);
    for (std::size_t b = 0; b < blocks; b += kBlocks) {
      const std::size_t some = gemm::smaller(kBlocks, blocks - b);
      const bool last = b + some == blocks;
      const std::uint8_t* w = chunk(column, b, some);
      for (std::size_t row = o.row_begin; row < o.row_end; row += kTileRows) {
        const std::size_t rows = gemm::smaller(kTileRows, o.row_end - row);
        if (last) gemm::fetch(a.y + row * a.ldy + column, a.ldy, rows, columns);
        float* tile = sums + (row - o.row_begin) * Simd::kPanel;
        kProducts.of[rows - 1](a.x + row * a.ldx + b, a.ldx, w, some, tile);
        if (last) gemm::finish(e, tile, row, rows, column, columns);
      }
    }
  }
}

[[gnu::always_inline]] inline Outputs outputs(const Args& a, std::size_t item) {
  constexpr std::size_t kColumns = Simd::kPanel * kBlockPanels;
  const std::size_t across = ceil_div(a.n, kColumns);
  const std::size_t row = item / across * kBlockRows, column = item % across * kColumns;
  return {row, gemm::smaller(row + kBlockRows, a.m), column, gemm::smaller(column + kColumns, a.n)};
}

// A gemm variant.
template <Bits kBits, std::size_t kTileRows>
[[gnu::always_inline]] inline void run(const Args& a, Range items) {
  static_assert(kBlockRows % kTileRows == 0);
  const auto chunk = [&](std::size_t column, std::size_t b, std::size_t)
      __attribute__((always_inline)) {
    return at<kBits>(a, column, b);
  };
  for (std::size_t item = items.begin; item < items.end; ++item) {
    compute_chunks<kBits, kTileRows>(a, outputs(a, item), chunk);
  }
}

// A gemm variant of 4-bit weights that widens a chunk of them for all its rows and multiplies it as
// one of 8 bits, where that is less work than to take them apart in every tile. The integers are
// the same, and so are the bits.
template <std::size_t kTileRows, std::uint8_t kBias>
[[gnu::always_inline]] inline void run_widened(const Args& a, Range items) {
  static_assert(kBlockRows % kTileRows == 0);
  alignas(64) std::uint8_t wide[kBlocks * kPanelBytes<Bits::kEight>];
  const auto chunk = [&](std::size_t column, std::size_t b, std::size_t blocks)
      __attribute__((always_inline)) {
    widen_panel<kBias>(at<Bits::kFour>(a, column, b), blocks, wide);
    return static_cast<const std::uint8_t*>(wide);
  };
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const Outputs o = outputs(a, item);
    if (o.row_end - o.row_begin > 2 * kTileRows) {
      compute_chunks<Bits::kEight, kTileRows>(a, o, chunk);
    } else {
      compute<Bits::kFour, kTileRows>(a, o);
    }
  }
}

// A gemv variant: all rows of kItemPanels panels an item.
template <Bits kBits, std::size_t kTileRows, std::size_t kItemPanels>
[[gnu::always_inline]] inline void run_few(const Args& a, Range items) {
  constexpr std::size_t kColumns = Simd::kPanel * kItemPanels;
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t column = item * kColumns;
    compute<kBits, kTileRows>(a, {0, a.m, column, gemm::smaller(column + kColumns, a.n)});
  }
}

// The first row of each three of a tile: the addressing modes of x86 reach the other two by an
// index of ldx or 2 * ldx, where a pointer for each row would not fit the registers.
template <std::size_t kRows>
struct Rows {
  const Block* first[(kRows + 2) / 3];
  std::size_t ldx;

  [[gnu::always_inline]] inline Rows(const Block* x, std::size_t stride) : ldx(stride) {
    for (std::size_t g = 0; g < (kRows + 2) / 3; ++g) first[g] = x + 3 * g * stride;
  }
  [[gnu::always_inline]] inline const Block& operator[](std::size_t r) const {
    return first[r / 3][r % 3 * ldx];
  }
  // To the next block of each row.
  [[gnu::always_inline]] inline void next() {
#pragma GCC unroll 8
    for (std::size_t g = 0; g < (kRows + 2) / 3; ++g) ++first[g];
  }
};

}  // namespace
}  // namespace sotto::kernels::gemm_q8
