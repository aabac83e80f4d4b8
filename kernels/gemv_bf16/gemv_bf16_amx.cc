#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_tile_pairs.h"
#include "kernels/gemv/gemv.h"
#include "kernels/gemv_bf16/gemv_bf16.h"

namespace sotto::kernels::gemv_bf16 {

void bf16_amx(const Args& a, Range items) noexcept {
  constexpr std::size_t kColumns = gemv::kItemPanels * gemm::Simd::kPanel;
  const gemm::ProductTiles tiles;
  gemm::compute_pairs(a, 0, a.m, items.begin * kColumns, gemm::smaller(items.end * kColumns, a.n));
}

}  // namespace sotto::kernels::gemv_bf16
