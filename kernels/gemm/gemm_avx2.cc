#include "kernels/gemm/gemm_simd_avx2.h"
//
#include "kernels/gemm/gemm_broadcast.h"

namespace sotto::kernels::gemm {

void f32_avx2(const Args& a, Range items) noexcept {
  static constexpr Product kProducts[] = {
      product<1>, product<2>, product<3>, product<4>, product<5>, product<6>,
  };
  run(a, items, kProducts);
}

}  // namespace sotto::kernels::gemm
