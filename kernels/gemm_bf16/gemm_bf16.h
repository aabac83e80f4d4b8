// gemm with weights stored in bfloat16: half the bytes.
#pragma once

#include <span>

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm_bf16 {

// The formula, the packing (gemm::pack of Bf16), the work items and the meaning of every field are
// those of gemm::ArgsOf. Weights are widened, which is exact, and multiplied in f32.
//
// The variants avx512bf16 and amx multiply in bfloat16: they round x to that type, to nearest even,
// and take denormals of x, of w and of the sums as zeros. They compute the formula of the rounded
// x, as near as any variant; the rounding itself moves y by at most 2^-8 * sum_p |x[i,p] * w[j,p]|,
// and for factors of random sign by about 2^-9.3 * sqrt(sum_p (x[i,p] * w[j,p])^2). The others
// multiply in f32 with x as it is.
using Args = gemm::ArgsOf<Bf16>;
using Fn = gemm::FnOf<Bf16>;
using Kernel = gemm::KernelOf<Bf16>;

void bf16_ref(const Args& a, Range items) noexcept;
void bf16_avx2(const Args& a, Range items) noexcept;
void bf16_avx512(const Args& a, Range items) noexcept;
void bf16_avx512bf16(const Args& a, Range items) noexcept;
void bf16_amx(const Args& a, Range items) noexcept;
void bf16_neon(const Args& a, Range items) noexcept;

// Where vdpbf16ps is slow, avx512 is faster than avx512bf16: choose with best_bfloat16 (isa.h).
// Every implementation built for this architecture, best first, bf16_ref last.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemm_bf16
