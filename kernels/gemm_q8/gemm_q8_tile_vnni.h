// The product of a tile where one instruction multiplies unsigned by signed bytes (VNNI, x86); the
// instruction set's gemm_q8_tile_<isa>.h defines Ints first.
//
// The weights are the unsigned ones: stored 128 too large, or, of four bits and 8 too large, taken
// 16-fold, so that both come to 128 times the sum of x too much. That depends on the row alone:
// Block::offset takes it back before the first multiplication, at the price of a load.
#pragma once

#include <cstring>

#include "kernels/gemm_q8/gemm_q8_form.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::uint8_t kFourToEight = 128 - 8;  // what 4-bit weights lack to be 8-bit ones

template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums) {
  constexpr std::size_t kVecs = Simd::kVecs;
  constexpr std::size_t kGroup = 4;
  constexpr std::size_t kSteps = kTerms / kGroup / (kBits == Bits::kFour ? 2 : 1);
  Rows<kRows> rows(x, ldx);
  Chains<kRows> chains(sums);
  for (; blocks > 0; --blocks, w += kPanelBytes<kBits>) {
    Ints::Vec inner[kRows][kVecs];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVecs; ++v) inner[r][v] = Ints::set(rows[r].offset);
    }
    // The terms of group t of every row.
    const auto step = [&](std::size_t t, const Ints::Vec(&b)[kVecs])
        __attribute__((always_inline)) {
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kRows; ++r) {
        std::int32_t group;
        std::memcpy(&group, rows[r].q + t * kGroup, sizeof group);
        const Ints::Vec e = Ints::set(group);
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVecs; ++v) inner[r][v] = Ints::dot(inner[r][v], b[v], e);
      }
    };
    const std::uint8_t* values = w + kScaleBytes * Simd::kPanel;
#pragma GCC unroll 8
    for (std::size_t t = 0; t < kSteps; ++t) {
      Ints::Vec b[kVecs];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVecs; ++v) {
        b[v] = Ints::load(values + (t * Simd::kPanel + v * Simd::kLanes) * kGroup);
      }
      if constexpr (kBits == Bits::kFour) {
        Ints::Vec low[kVecs], high[kVecs];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVecs; ++v) {
          low[v] = Ints::low(b[v]);
          high[v] = Ints::high(b[v]);
        }
        step(t, low);
        step(t + kSteps, high);
      } else {
        step(t, b);
      }
    }
    Vec scales[kVecs];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) {
      scales[v] = Ints::load_half(w + v * Simd::kLanes * kScaleBytes);
      if constexpr (kBits == Bits::kFour) scales[v] = Simd::mul(scales[v], Simd::set(0x1p-4F));
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec scale = Simd::set(rows[r].scale);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVecs; ++v) {
        chains.add(r, v, Ints::to_float(inner[r][v]), scales[v], scale);
      }
    }
    rows.next();
  }
  chains.store(sums);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
