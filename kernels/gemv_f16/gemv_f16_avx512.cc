#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemv/gemv_form.h"
#include "kernels/gemv_f16/gemv_f16.h"

namespace sotto::kernels::gemv_f16 {

void f16_avx512(const Args& a, Range items) noexcept { gemv::run(a, items); }

}  // namespace sotto::kernels::gemv_f16
