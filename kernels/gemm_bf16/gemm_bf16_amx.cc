#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_tile_pairs.h"
#include "kernels/gemm_bf16/gemm_bf16.h"

namespace sotto::kernels::gemm_bf16 {

void bf16_amx(const Args& a, Range items) noexcept {
  const gemm::ProductTiles tiles;
  gemm::for_items_together(
      a, items, [&](auto... block) __attribute__((always_inline)) {
        gemm::compute_pairs(a, block...);
      });
}

}  // namespace sotto::kernels::gemm_bf16
