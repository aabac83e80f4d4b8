#include "kernels/gemm/gemm_simd_neon.h"
//
#include "kernels/gemv/gemv_form.h"

namespace sotto::kernels::gemv {

void f32_neon(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::gemv
