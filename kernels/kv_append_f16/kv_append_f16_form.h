// kv_append_f16 over any instruction set (to_f16_rows.h).
#pragma once

#include "kernels/kv_append_f16/kv_append_f16.h"
#include "kernels/to_f16/to_f16_rows.h"

namespace sotto::kernels::kv_append_f16 {
namespace {

template <typename Lanes>
[[gnu::always_inline]] inline void run(const Args& a, Range items) {
  const std::size_t end = items.end * kBlockRows;
  for (std::size_t i = items.begin * kBlockRows; i < end && i < a.rows; ++i) {
    const std::size_t at = (a.past + i) * a.cols;
    to_f16::round_row<Lanes>(a.k + i * a.ldk, a.cols, a.k_cache + at);
    to_f16::round_row<Lanes>(a.v + i * a.ldv, a.cols, a.v_cache + at);
  }
}

}  // namespace
}  // namespace sotto::kernels::kv_append_f16
