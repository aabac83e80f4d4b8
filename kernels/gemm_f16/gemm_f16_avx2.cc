#include "kernels/gemm/gemm_simd_avx2.h"
//
#include "kernels/gemm/gemm_broadcast.h"
#include "kernels/gemm/gemm_widen.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace sotto::kernels::gemm_f16 {

void f16_avx2(const Args& a, Range items) noexcept {
  gemm::run_widened(a, items, gemm::kProducts.of);
}

}  // namespace sotto::kernels::gemm_f16
