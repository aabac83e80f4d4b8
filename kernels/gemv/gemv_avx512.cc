#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemv/gemv_form.h"

namespace sotto::kernels::gemv {

void f32_avx512(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::gemv
