// The product of a tile in ARMv8.0-A: 16 products of bytes at a time, summed in pairs to 16 and
// then to 32 bits. A register of sums belongs to one column, whose lanes are added up once a block.
#pragma once

#include "kernels/gemm/gemm_simd_neon.h"
#include "kernels/gemm_q8/gemm_q8_form.h"
#include "kernels/gemm_q8/gemm_q8_neon.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::size_t kTileRows = 4;            // with 4 columns 16 sums, 4 of w, 1 of x, of 32
constexpr std::uint8_t kFourToEight = 256 - 8;  // what 4-bit weights lack to be 8-bit ones
constexpr std::size_t kColumns = 4;             // at a time
constexpr std::size_t kGroup = 16;

// Exact, but for -128 * -128 twice in a lane; no q of x is -128.
[[gnu::always_inline]] inline int16x8_t pairs(int8x16_t w, int8x16_t x) {
  return vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(x)), w, x);
}

// sums[r][c] over the lanes = the exact sums of a block; `values` of the first column.
template <Bits kBits, std::size_t kRows>
[[gnu::always_inline]] inline void multiply(const Block* const (&x)[kRows],
                                            const std::uint8_t* values,
                                            int32x4_t (&sums)[kRows][kColumns]) {
  if constexpr (kBits == Bits::kEight) {
#pragma GCC unroll 2
    for (std::size_t t = 0; t < kTerms / kGroup; ++t) {
      int8x16_t b[kColumns];
#pragma GCC unroll 4
      for (std::size_t c = 0; c < kColumns; ++c) {
        b[c] = vreinterpretq_s8_u8(vld1q_u8(values + (t * Simd::kPanel + c) * kGroup));
      }
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kRows; ++r) {
        const int8x16_t e = vld1q_s8(x[r]->q + t * kGroup);
#pragma GCC unroll 4
        for (std::size_t c = 0; c < kColumns; ++c) {
          const int16x8_t p = pairs(b[c], e);
          sums[r][c] = t == 0 ? vpaddlq_s16(p) : vpadalq_s16(sums[r][c], p);
        }
      }
    }
  } else {
    int8x16_t low[kColumns], high[kColumns];
#pragma GCC unroll 4
    for (std::size_t c = 0; c < kColumns; ++c) {
      split(vld1q_u8(values + c * kGroup), low[c], high[c]);
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kRows; ++r) {
      const int8x16_t first = vld1q_s8(x[r]->q), second = vld1q_s8(x[r]->q + kGroup);
#pragma GCC unroll 4
      for (std::size_t c = 0; c < kColumns; ++c) {
        // At most 4 * 8 * 127 in a lane.
        int16x8_t p = pairs(low[c], first);
        p = vmlal_s8(p, vget_low_s8(high[c]), vget_low_s8(second));
        sums[r][c] = vpaddlq_s16(vmlal_high_s8(p, high[c], second));
      }
    }
  }
}

template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums) {
  Chains<kRows> chains(sums);
  const Block* rows[kRows];
  for (std::size_t r = 0; r < kRows; ++r) rows[r] = x + r * ldx;
  for (; blocks > 0; --blocks, w += kPanelBytes<kBits>) {
    const std::uint8_t* values = w + kScaleBytes * Simd::kPanel;
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      int32x4_t inner[kRows][kColumns];
      multiply<kBits>(rows, values + v * kColumns * kGroup, inner);
      const Vec scales = load_half(w, v);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kRows; ++r) {
        const int32x4_t exact =
            vpaddq_s32(vpaddq_s32(inner[r][0], inner[r][1]), vpaddq_s32(inner[r][2], inner[r][3]));
        chains.add(r, v, vcvtq_f32_s32(exact), scales, vdupq_n_f32(rows[r]->scale));
      }
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kRows; ++r) ++rows[r];
  }
  chains.store(sums);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
