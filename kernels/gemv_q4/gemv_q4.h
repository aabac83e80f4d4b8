// gemm_q4 for few rows: a decoder's step, which streams the weights once for all its rows.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/gemm_q4/gemm_q4.h"

namespace sotto::kernels::gemv_q4 {

// The formula, the packing and the meaning of every field are those of gemm_q4::Args; the bits are
// those of gemm_q4's variant of the same instruction set. Made for m <= kMaxRows, where the time is
// that of reading w. Any m is computed right.
using Args = gemm_q4::Args;
using Fn = gemm_q4::Fn;
using Kernel = gemm_q4::Kernel;

inline constexpr std::size_t kMaxRows = 6;

// A work item is kItemPanels panels: all m rows of panel * kItemPanels columns.
inline constexpr std::size_t kItemPanels = 2;
constexpr std::size_t work_items(const Args& a) noexcept {
  return ceil_div(a.n, a.layout.panel * kItemPanels);
}

void q4_ref(const Args& a, Range items) noexcept;
void q4_avx2(const Args& a, Range items) noexcept;
void q4_avxvnni(const Args& a, Range items) noexcept;
void q4_avx512vnni(const Args& a, Range items) noexcept;
void q4_neon(const Args& a, Range items) noexcept;
void q4_neondot(const Args& a, Range items) noexcept;
void q4_neoni8mm(const Args& a, Range items) noexcept;

// Best first; an entry has the layout of gemm_q4's entry of the same instruction set.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemv_q4
