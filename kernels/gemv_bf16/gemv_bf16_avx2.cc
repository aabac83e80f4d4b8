#include "kernels/gemm/gemm_simd_avx2.h"
//
#include "kernels/gemv/gemv_form.h"
#include "kernels/gemv_bf16/gemv_bf16.h"

namespace sotto::kernels::gemv_bf16 {

void bf16_avx2(const Args& a, Range items) noexcept { gemv::run(a, items); }

}  // namespace sotto::kernels::gemv_bf16
