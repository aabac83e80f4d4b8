#include "kernels/gemm/gemm_simd_avx2.h"
//
#include "kernels/gemv/gemv_form.h"

namespace sotto::kernels::gemv {

void f32_avx2(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::gemv
