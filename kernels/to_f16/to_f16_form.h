// to_f16 over any instruction set (to_f16_rows.h).
#pragma once

#include "kernels/to_f16/to_f16.h"
#include "kernels/to_f16/to_f16_rows.h"

namespace sotto::kernels::to_f16 {
namespace {

template <typename Lanes>
[[gnu::always_inline]] inline void run(const Args& a, Range items) {
  const std::size_t end = items.end * kBlockRows;
  for (std::size_t r = items.begin * kBlockRows; r < end && r < a.rows; ++r) {
    round_row<Lanes>(a.x + r * a.ldx, a.cols, a.y + r * a.ldy);
  }
}

}  // namespace
}  // namespace sotto::kernels::to_f16
