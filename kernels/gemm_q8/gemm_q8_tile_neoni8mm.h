// The product of a tile with I8MM: eight terms of two rows and two columns an instruction.
#pragma once

#include "kernels/gemm/gemm_simd_neon.h"
#include "kernels/gemm_q8/gemm_q8_form.h"
#include "kernels/gemm_q8/gemm_q8_neon.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::size_t kTileRows = 6;            // 12 sums, 6 of x, 2 of w, of 32; the floats wait
constexpr std::uint8_t kFourToEight = 256 - 8;  // what 4-bit weights lack to be 8-bit ones
constexpr std::size_t kGroup = 8;
constexpr std::size_t kColumnPairs = Simd::kPanel / 2;

// Two rows' terms 16 h .. 16 h + 15: eight of the first row and eight of the second, twice.
[[gnu::always_inline]] inline void zip(const Block& a, const Block& b, std::size_t h,
                                       int8x16_t& first, int8x16_t& second) {
  const int64x2_t u = vreinterpretq_s64_s8(vld1q_s8(a.q + 16 * h));
  const int64x2_t v = vreinterpretq_s64_s8(vld1q_s8(b.q + 16 * h));
  first = vreinterpretq_s8_s64(vzip1q_s64(u, v));
  second = vreinterpretq_s8_s64(vzip2q_s64(u, v));
}

template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums) {
  constexpr std::size_t kPairs = (kRows + 1) / 2;
  Chains<kRows> chains(sums);
  // An odd last row is its own partner.
  const Block* rows[2 * kPairs];
  for (std::size_t r = 0; r < 2 * kPairs; ++r) rows[r] = x + (r < kRows ? r : kRows - 1) * ldx;
  for (; blocks > 0; --blocks, w += kPanelBytes<kBits>) {
    const std::uint8_t* values = w + kScaleBytes * Simd::kPanel;
    int32x4_t inner[kPairs][kColumnPairs];  // row 0 and the two columns, row 1 and the two columns
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kPairs; ++i) {
#pragma GCC unroll 4
      for (std::size_t c = 0; c < kColumnPairs; ++c) inner[i][c] = vdupq_n_s32(0);
    }
    // Eight terms of the tile.
    const auto step = [&](const int8x16_t(&e)[kPairs], std::size_t c, int8x16_t b)
        __attribute__((always_inline)) {
#pragma GCC unroll 4
      for (std::size_t i = 0; i < kPairs; ++i) inner[i][c] = vmmlaq_s32(inner[i][c], e[i], b);
    };
    // Of both halves of a block, terms 8 s .. 8 s + 7.
    int8x16_t e[4][kPairs];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kPairs; ++i) {
      zip(*rows[2 * i], *rows[2 * i + 1], 0, e[0][i], e[1][i]);
      zip(*rows[2 * i], *rows[2 * i + 1], 1, e[2][i], e[3][i]);
    }
#pragma GCC unroll 4
    for (std::size_t t = 0; t < (kBits == Bits::kEight ? 4 : 2); ++t) {
#pragma GCC unroll 4
      for (std::size_t c = 0; c < kColumnPairs; ++c) {
        const uint8x16_t b = vld1q_u8(values + (t * Simd::kPanel + 2 * c) * kGroup);
        if constexpr (kBits == Bits::kEight) {
          step(e[t], c, vreinterpretq_s8_u8(b));
        } else {
          int8x16_t low, high;
          split(b, low, high);
          step(e[t], c, low);
          step(e[t + 2], c, high);
        }
      }
    }
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      const Vec scales = load_half(w, v);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < kPairs; ++i) {
        const int64x2_t left = vreinterpretq_s64_s32(inner[i][2 * v]);
        const int64x2_t right = vreinterpretq_s64_s32(inner[i][2 * v + 1]);
        const int32x4_t first = vreinterpretq_s32_s64(vzip1q_s64(left, right));
        const int32x4_t second = vreinterpretq_s32_s64(vzip2q_s64(left, right));
        chains.add(2 * i, v, vcvtq_f32_s32(first), scales, vdupq_n_f32(rows[2 * i]->scale));
        if (2 * i + 1 == kRows) break;
        chains.add(2 * i + 1, v, vcvtq_f32_s32(second), scales,
                   vdupq_n_f32(rows[2 * i + 1]->scale));
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < 2 * kPairs; ++r) ++rows[r];
  }
  chains.store(sums);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
