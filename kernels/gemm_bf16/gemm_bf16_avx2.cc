#include "kernels/gemm/gemm_simd_avx2.h"
//
#include "kernels/gemm/gemm_broadcast.h"
#include "kernels/gemm/gemm_widen.h"
#include "kernels/gemm_bf16/gemm_bf16.h"

namespace sotto::kernels::gemm_bf16 {

void bf16_avx2(const Args& a, Range items) noexcept {
  gemm::run_widened(a, items, gemm::kProducts.of);
}

}  // namespace sotto::kernels::gemm_bf16
