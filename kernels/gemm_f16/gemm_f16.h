// gemm with weights stored in f16: half the bytes.
#pragma once

#include <span>

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm_f16 {

// The formula, the packing (gemm::pack of F16), the work items and the meaning of every field are
// those of gemm::ArgsOf. Weights are widened, which is exact, and multiplied in f32.
//
// The variant amx multiplies in bfloat16, whose 8 bits it takes twice: w = wh + wl exactly, the
// first 8 of an f16's 11 bits and the other 3, |wl| < 2^-7 |w|; x = xh + xl, rounded to nearest
// even, |xl| <= 2^-8 |x|, within 2^-16 |x|. It sums xh wh + xh wl + xl wh, three terms for one, in
// f32. What that leaves out of y is at most 1.5 * 2^-15 * sum_p |x[i,p] * w[j,p]|, and for factors
// of random sign about 2^-17.5 * sqrt(sum_p (x[i,p] * w[j,p])^2), a fortieth of what the rounding
// of the weights to f16 costs. Denormals of x, of xl and of the sums count as zeros; f16's do not.
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
