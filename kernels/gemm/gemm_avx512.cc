#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_broadcast.h"

namespace sotto::kernels::gemm {

void f32_avx512(const Args& a, Range items) noexcept {
  static constexpr Product kProducts[] = {
      product<1>, product<2>, product<3>,  product<4>,  product<5>,  product<6>,  product<7>,
      product<8>, product<9>, product<10>, product<11>, product<12>, product<13>, product<14>,
  };
  run(a, items, kProducts);
}

}  // namespace sotto::kernels::gemm
