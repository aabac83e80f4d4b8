#include "kernels/gemm_q8/gemm_q8_tile_neoni8mm.h"
#include "kernels/gemv_q8/gemv_q8.h"

namespace sotto::kernels::gemv_q8 {

void q8_neoni8mm(const Args& a, Range items) noexcept {
  gemm_q8::run_few<gemm_q8::Bits::kEight, gemm_q8::kTileRows, kItemPanels>(a, items);
}

}  // namespace sotto::kernels::gemv_q8
