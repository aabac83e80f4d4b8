#include "kernels/gemm/gemm_simd_avx2.h"
//
#include "kernels/gemm/gemm_broadcast.h"

namespace sotto::kernels::gemm {

void f32_avx2(const Args& a, Range items) noexcept { run(a, items, kProducts.of); }

}  // namespace sotto::kernels::gemm
