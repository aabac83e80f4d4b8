// The product of a tile in AMX. A block's exact sums are one product of tiles and then leave for
// memory; the chains of floats are AVX-512's, and take most of the time.
#pragma once

#include <cstdint>

#include "kernels/gemm/gemm_simd_avx512.h"
#include "kernels/gemm/gemm_tiles.h"
//
#include "kernels/gemm_q8/gemm_q8_form.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::size_t kTileRows = 14;  // 28 chains, 2 of scales, of 32 registers

// A panel's block taken apart, for all rows of an item: scales as floats, weights as signed bytes.
struct alignas(64) Opened {
  float scales[Simd::kPanel];
  std::uint8_t values[kTerms * Simd::kPanel];  // [kTerms / 4, panel, 4]
};

// The two tiles of exact sums of a block: columns [0, 16) and [16, 32) of the panel.
template <std::size_t kRows>
struct alignas(64) Exact {
  std::int32_t of[Simd::kVecs][kRows][Simd::kLanes];
};

[[gnu::always_inline]] inline void open_scales(const std::uint8_t* from, Opened& to) {
  for (std::size_t v = 0; v < Simd::kVecs; ++v) {
    const auto* halves = reinterpret_cast<const __m256i*>(from + v * Simd::kLanes * kScaleBytes);
    const Vec scales = _mm512_maskz_cvtph_ps(0xFFFF, _mm256_loadu_si256(halves));
    Simd::store(to.scales + v * Simd::kLanes, scales);
  }
}

// Of 8 bits, stored 128 too large.
[[gnu::always_inline]] inline void open(const std::uint8_t* from, std::size_t blocks, Opened* to,
                                        std::integral_constant<Bits, Bits::kEight>) {
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80));
  for (; blocks > 0; --blocks, from += kPanelBytes<Bits::kEight>, ++to) {
    open_scales(from, *to);
    const std::uint8_t* values = from + kScaleBytes * Simd::kPanel;
    for (std::size_t i = 0; i < sizeof to->values; i += 64) {
      _mm512_store_si512(to->values + i, _mm512_xor_si512(_mm512_loadu_si512(values + i), flip));
    }
  }
}

// Of 4 bits, stored 8 too large: the low ones are the first half of the terms.
[[gnu::always_inline]] inline void open(const std::uint8_t* from, std::size_t blocks, Opened* to,
                                        std::integral_constant<Bits, Bits::kFour>) {
  const __m512i low = _mm512_set1_epi8(15), bias = _mm512_set1_epi8(8);
  for (; blocks > 0; --blocks, from += kPanelBytes<Bits::kFour>, ++to) {
    open_scales(from, *to);
    const std::uint8_t* values = from + kScaleBytes * Simd::kPanel;
    constexpr std::size_t kHalf = sizeof to->values / 2;
    for (std::size_t i = 0; i < kHalf; i += 64) {
      const __m512i both = _mm512_loadu_si512(values + i);
      const __m512i high = _mm512_and_si512(_mm512_maskz_srli_epi32(0xFFFF, both, 4), low);
      _mm512_store_si512(to->values + i, _mm512_sub_epi8(_mm512_and_si512(both, low), bias));
      _mm512_store_si512(to->values + kHalf + i, _mm512_sub_epi8(high, bias));
    }
  }
}

// Tiles 0 and 1 are the sums of kTileRows rows, 2 those rows of x, 3 and 4 the weights; 5, 6 and 7
// are 0, 1 and 2 of the rows that are left over at the end of the matrix.
template <std::size_t kRows>
[[gnu::always_inline]] inline void multiply(const Block* x, std::size_t ldx, const Opened& w,
                                            Exact<kRows>& exact) {
  constexpr std::size_t kStride = 4 * Simd::kPanel;
  const std::uint8_t* values = w.values;
  _tile_loadd(3, values, kStride);
  _tile_loadd(4, values + gemm::kTileBytes, kStride);
  if constexpr (kRows == kTileRows) {
    _tile_loadd(2, x->q, ldx * sizeof(Block));
    _tile_zero(0);
    _tile_dpbssd(0, 2, 3);
    _tile_zero(1);
    _tile_dpbssd(1, 2, 4);
    _tile_stored(0, exact.of[0], gemm::kTileBytes);
    _tile_stored(1, exact.of[1], gemm::kTileBytes);
  } else {
    _tile_loadd(7, x->q, ldx * sizeof(Block));
    _tile_zero(5);
    _tile_dpbssd(5, 7, 3);
    _tile_zero(6);
    _tile_dpbssd(6, 7, 4);
    _tile_stored(5, exact.of[0], gemm::kTileBytes);
    _tile_stored(6, exact.of[1], gemm::kTileBytes);
  }
}

// w is of Opened. The tiles work on a block while the chains take the one before.
template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums) {
  const auto* panel = reinterpret_cast<const Opened*>(w);
  Rows<kRows> rows(x, ldx);
  Chains<kRows> chains(sums);
  Exact<kRows> exact[2];
  gemm::finish_writes();
  multiply<kRows>(x, ldx, *panel, exact[0]);
  for (std::size_t b = 0; b < blocks; ++b, ++panel) {
    if (b + 1 < blocks) multiply<kRows>(x + b + 1, ldx, panel[1], exact[(b + 1) % 2]);
    const Exact<kRows>& now = exact[b % 2];
    Vec scales[Simd::kVecs];
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      scales[v] = Simd::load(panel->scales + v * Simd::kLanes);
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec scale = Simd::set(rows[r].scale);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        const Vec sum = _mm512_maskz_cvtepi32_ps(0xFFFF, _mm512_load_si512(now.of[v][r]));
        chains.add(r, v, sum, scales[v], scale);
      }
    }
    rows.next();
  }
  chains.store(sums);
}

// A gemm variant.
template <Bits kBits>
[[gnu::always_inline]] inline void run_opened(const Args& a, Range items) {
  static_assert(kBlockRows % kTileRows == 0);
  const std::size_t left = a.m % kTileRows;
  const auto all = std::uint8_t{kTileRows},
             last = left == 0 ? all : static_cast<std::uint8_t>(left);
  const gemm::Tiles tiles({{all, 64},
                           {all, 64},
                           {all, kTerms},
                           {kTerms / 4, 64},
                           {kTerms / 4, 64},
                           {last, 64},
                           {last, 64},
                           {last, kTerms}});
  Opened opened[kBlocks];
  const auto chunk = [&](std::size_t column, std::size_t b, std::size_t blocks)
      __attribute__((always_inline)) {
    open(at<kBits>(a, column, b), blocks, opened, std::integral_constant<Bits, kBits>());
    return reinterpret_cast<const std::uint8_t*>(opened);
  };
  for (std::size_t item = items.begin; item < items.end; ++item) {
    compute_chunks<Bits::kEight, kTileRows>(a, outputs(a, item), chunk);
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
