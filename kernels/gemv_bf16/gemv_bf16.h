// gemv with weights stored in bfloat16: half the bytes to wait for.
#pragma once

#include <span>

#include "kernels/gemm_bf16/gemm_bf16.h"
#include "kernels/gemv/gemv.h"

namespace sotto::kernels::gemv_bf16 {

// The formula and the packing are those of gemm_bf16, with the same bits; the work items and the
// rows it is made for are those of gemv.
using Args = gemm_bf16::Args;
using Fn = gemm_bf16::Fn;
using Kernel = gemm_bf16::Kernel;

void bf16_ref(const Args& a, Range items) noexcept;
void bf16_avx2(const Args& a, Range items) noexcept;
void bf16_avx512(const Args& a, Range items) noexcept;
void bf16_avx512bf16(const Args& a, Range items) noexcept;
void bf16_amx(const Args& a, Range items) noexcept;
void bf16_neon(const Args& a, Range items) noexcept;

// Best first; an entry has the panel width of gemm_bf16's entry of the same instruction set.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemv_bf16
