// gemm for few rows: a decoder's step, which streams the weights once for all its rows.
#pragma once

#include <span>

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemv {

// The formula, the packing and the meaning of every field are those of gemm::Args; made for
// m <= kMaxRows, where the time is that of reading w. Any m is computed right.
using Args = gemm::Args;
using Fn = gemm::Fn;
using Kernel = gemm::Kernel;

inline constexpr std::size_t kMaxRows = 4;

// A work item is kItemPanels panels: all m rows of panel * kItemPanels columns.
inline constexpr std::size_t kItemPanels = 2;
template <typename Weight>
constexpr std::size_t work_items(const gemm::ArgsOf<Weight>& a) noexcept {
  return ceil_div(a.n, a.panel * kItemPanels);
}

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Best first; an entry has the panel width of gemm's entry of the same instruction set.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemv
