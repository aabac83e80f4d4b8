// gemm with weights stored in f16: half the bytes.
#pragma once

#include <span>

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm_f16 {

// The formula, the packing (gemm::pack of F16), the work items and the meaning of every field are
// those of gemm::ArgsOf. Weights are widened, which is exact, and multiplied in f32.
using Args = gemm::ArgsOf<F16>;
using Fn = gemm::FnOf<F16>;
using Kernel = gemm::KernelOf<F16>;

void f16_ref(const Args& a, Range items) noexcept;
void f16_avx2(const Args& a, Range items) noexcept;
void f16_avx512(const Args& a, Range items) noexcept;
void f16_amx(const Args& a, Range items) noexcept;
void f16_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f16_ref last.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemm_f16
