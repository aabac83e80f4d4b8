#include "kernels/gemm/gemm_simd_neon.h"
//
#include "kernels/gemm/gemm_lanes.h"

namespace sotto::kernels::gemm {

void f32_neon(const Args& a, Range items) noexcept { run(a, items, kProducts); }

}  // namespace sotto::kernels::gemm
