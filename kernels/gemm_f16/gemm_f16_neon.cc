#include "kernels/gemm/gemm_simd_neon.h"
//
#include "kernels/gemm/gemm_lanes.h"
#include "kernels/gemm/gemm_widen.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace sotto::kernels::gemm_f16 {

void f16_neon(const Args& a, Range items) noexcept { gemm::run_widened(a, items, gemm::kProducts); }

}  // namespace sotto::kernels::gemm_f16
