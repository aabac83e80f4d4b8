// The product of a tile with ARMv8.2-A DotProd: four terms of four columns an instruction, those of
// x from a lane.
#pragma once

#include "kernels/gemm/gemm_simd_neon.h"
#include "kernels/gemm_q8/gemm_q8_form.h"
#include "kernels/gemm_q8/gemm_q8_neon.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::size_t kTileRows = 6;            // 12 sums, 12 of x, 4 of w, of 32; the floats wait
constexpr std::uint8_t kFourToEight = 256 - 8;  // what 4-bit weights lack to be 8-bit ones
constexpr std::size_t kGroup = 4;
constexpr std::size_t kLoads = 4;  // groups in a register of x

template <std::size_t kRows>
using Sums = int32x4_t[kRows][Simd::kVecs];

// The terms of the group in lane kLane of x.
template <int kLane, std::size_t kRows>
[[gnu::always_inline]] inline void step(const int8x16_t (&x)[kRows],
                                        const int8x16_t (&w)[Simd::kVecs], Sums<kRows>& inner) {
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      inner[r][v] = vdotq_laneq_s32(inner[r][v], w[v], x[r], kLane);
    }
  }
}

// The group that is kLane-th in a register of x: of both registers for weights of 4 bits.
template <Bits kBits, int kLane, std::size_t kRows>
[[gnu::always_inline]] inline void group(const std::uint8_t* values, const int8x16_t (&x)[2][kRows],
                                         Sums<kRows>& inner) {
  constexpr std::size_t kStep = Simd::kPanel * kGroup;
  int8x16_t first[Simd::kVecs], second[Simd::kVecs];
#pragma GCC unroll 2
  for (std::size_t v = 0; v < Simd::kVecs; ++v) {
    const std::uint8_t* from = values + kLane * kStep + v * Simd::kLanes * kGroup;
    if constexpr (kBits == Bits::kEight) {
      first[v] = vreinterpretq_s8_u8(vld1q_u8(from));
      second[v] = vreinterpretq_s8_u8(vld1q_u8(from + kLoads * kStep));
    } else {
      split(vld1q_u8(from), first[v], second[v]);
    }
  }
  step<kLane>(x[0], first, inner);
  step<kLane>(x[1], second, inner);
}

template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums) {
  Chains<kRows> chains(sums);
  const Block* rows[kRows];
  for (std::size_t r = 0; r < kRows; ++r) rows[r] = x + r * ldx;
  for (; blocks > 0; --blocks, w += kPanelBytes<kBits>) {
    int8x16_t e[2][kRows];
    Sums<kRows> inner;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      e[0][r] = vld1q_s8(rows[r]->q);
      e[1][r] = vld1q_s8(rows[r]->q + 16);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Simd::kVecs; ++v) inner[r][v] = vdupq_n_s32(0);
    }
    const std::uint8_t* values = w + kScaleBytes * Simd::kPanel;
    group<kBits, 0>(values, e, inner);
    group<kBits, 1>(values, e, inner);
    group<kBits, 2>(values, e, inner);
    group<kBits, 3>(values, e, inner);
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      const Vec scales = load_half(w, v);
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kRows; ++r) {
        chains.add(r, v, vcvtq_f32_s32(inner[r][v]), scales, vdupq_n_f32(rows[r]->scale));
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) ++rows[r];
  }
  chains.store(sums);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
