// The product of kRows rows with one panel where an element of x is a lane of a register (NEON).
#pragma once

#include "kernels/gemm/gemm_form.h"

namespace sotto::kernels::gemm {
namespace {

// Four elements of x at a time, each multiplied from its lane: 16 loads for 64 multiply-adds.
template <std::size_t kRows>
void product(const float* x, std::size_t ldx, const float* w, std::size_t k, float* sums) {
  Vec acc[kRows][2];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
    acc[r][0] = vld1q_f32(sums + r * Simd::kPanel);
    acc[r][1] = vld1q_f32(sums + r * Simd::kPanel + 4);
  }
  const float* rows[kRows];
  for (std::size_t r = 0; r < kRows; ++r) rows[r] = x + r * ldx;

  std::size_t p = 0;
  for (; p + 4 <= k; p += 4) {
    Vec e[kRows];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      e[r] = vld1q_f32(rows[r] + p);
    }
    Vec b0 = vld1q_f32(w);
    Vec b1 = vld1q_f32(w + 4);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      acc[r][0] = vfmaq_laneq_f32(acc[r][0], b0, e[r], 0);
      acc[r][1] = vfmaq_laneq_f32(acc[r][1], b1, e[r], 0);
    }
    b0 = vld1q_f32(w + 8);
    b1 = vld1q_f32(w + 12);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      acc[r][0] = vfmaq_laneq_f32(acc[r][0], b0, e[r], 1);
      acc[r][1] = vfmaq_laneq_f32(acc[r][1], b1, e[r], 1);
    }
    b0 = vld1q_f32(w + 16);
    b1 = vld1q_f32(w + 20);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      acc[r][0] = vfmaq_laneq_f32(acc[r][0], b0, e[r], 2);
      acc[r][1] = vfmaq_laneq_f32(acc[r][1], b1, e[r], 2);
    }
    b0 = vld1q_f32(w + 24);
    b1 = vld1q_f32(w + 28);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      acc[r][0] = vfmaq_laneq_f32(acc[r][0], b0, e[r], 3);
      acc[r][1] = vfmaq_laneq_f32(acc[r][1], b1, e[r], 3);
    }
    w += 4 * Simd::kPanel;
  }
  for (; p < k; ++p, w += Simd::kPanel) {
    const Vec b0 = vld1q_f32(w);
    const Vec b1 = vld1q_f32(w + 4);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec e = vld1q_dup_f32(rows[r] + p);
      acc[r][0] = vfmaq_f32(acc[r][0], b0, e);
      acc[r][1] = vfmaq_f32(acc[r][1], b1, e);
    }
  }

#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
    vst1q_f32(sums + r * Simd::kPanel, acc[r][0]);
    vst1q_f32(sums + r * Simd::kPanel + 4, acc[r][1]);
  }
}

constexpr Product kProducts[] = {
    product<1>, product<2>, product<3>, product<4>, product<5>, product<6>, product<7>, product<8>,
};

}  // namespace
}  // namespace sotto::kernels::gemm
