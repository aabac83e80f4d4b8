#include "kernels/gemm/gemm_simd_neon.h"
//
#include "kernels/gemm/gemm_lanes.h"
#include "kernels/gemm/gemm_widen.h"
#include "kernels/gemm_bf16/gemm_bf16.h"

namespace sotto::kernels::gemm_bf16 {

void bf16_neon(const Args& a, Range items) noexcept {
  gemm::run_widened(a, items, gemm::kProducts);
}

}  // namespace sotto::kernels::gemm_bf16
