// gemv with weights stored in f16: half the bytes to wait for.
#pragma once

#include <span>

#include "kernels/gemm_f16/gemm_f16.h"
#include "kernels/gemv/gemv.h"

namespace sotto::kernels::gemv_f16 {

// The formula and the packing are those of gemm_f16, with the same bits; the work items and the
// rows it is made for are those of gemv.
using Args = gemm_f16::Args;
using Fn = gemm_f16::Fn;
using Kernel = gemm_f16::Kernel;

void f16_ref(const Args& a, Range items) noexcept;
void f16_avx2(const Args& a, Range items) noexcept;
void f16_avx512(const Args& a, Range items) noexcept;
void f16_neon(const Args& a, Range items) noexcept;

// Best first; an entry has the panel width of gemm_f16's entry of the same instruction set.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemv_f16
