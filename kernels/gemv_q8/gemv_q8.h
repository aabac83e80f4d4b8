// gemm_q8 for few rows: a decoder's step, which streams the weights once for all its rows.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/gemm_q8/gemm_q8.h"

namespace sotto::kernels::gemv_q8 {

// The formula, the packing and the meaning of every field are those of gemm_q8::Args; the bits are
// those of gemm_q8's variant of the same instruction set. Made for m <= kMaxRows, where the time is
// that of reading w. Any m is computed right.
using Args = gemm_q8::Args;
using Fn = gemm_q8::Fn;
using Kernel = gemm_q8::Kernel;

inline constexpr std::size_t kMaxRows = 6;

// A work item is kItemPanels panels: all m rows of panel * kItemPanels columns.
inline constexpr std::size_t kItemPanels = 2;
constexpr std::size_t work_items(const Args& a) noexcept {
  return ceil_div(a.n, a.layout.panel * kItemPanels);
}

void q8_ref(const Args& a, Range items) noexcept;
void q8_avx2(const Args& a, Range items) noexcept;
void q8_avxvnni(const Args& a, Range items) noexcept;
void q8_avx512vnni(const Args& a, Range items) noexcept;
void q8_neon(const Args& a, Range items) noexcept;
void q8_neondot(const Args& a, Range items) noexcept;
void q8_neoni8mm(const Args& a, Range items) noexcept;

// Best first; an entry has the layout of gemm_q8's entry of the same instruction set.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemv_q8
