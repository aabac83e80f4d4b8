// The loop that the instruction sets share: three passes over a row that stays in L1.
#pragma once

#include "kernels/layer_norm/layer_norm.h"
#include "kernels/moments.h"

namespace sotto::kernels::layer_norm {
namespace {

template <class L, bool kBeta>
SOTTO_INLINE void run_rows(const Args& a, std::size_t begin, std::size_t end) noexcept {
  const float inv_cols = 1.0F / static_cast<float>(a.cols);
  for (std::size_t r = begin; r < end; ++r) {
    const float* x = a.x + r * a.ldx;
    const Deviations d = deviations<L>(x, a.cols);
    const float shift = d.sum * inv_cols;
    const float var = d.squares * inv_cols - shift * shift;
    const float scale = 1.0F / __builtin_sqrtf((var > 0.0F ? var : 0.0F) + a.eps);
    scale_row<L, kBeta>(x, a.gamma, a.beta, a.y + r * a.ldy, a.cols, d.centre, scale,
                        shift * scale);
  }
}

template <class L>
SOTTO_INLINE void run(const Args& a, Range items) noexcept {
  const std::size_t begin = items.begin * kBlockRows;
  const std::size_t end = items.end * kBlockRows < a.rows ? items.end * kBlockRows : a.rows;
  if (a.beta != nullptr) {
    run_rows<L, true>(a, begin, end);
  } else {
    run_rows<L, false>(a, begin, end);
  }
}

}  // namespace
}  // namespace sotto::kernels::layer_norm
