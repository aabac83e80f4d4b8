#include "kernels/gemm_q8/gemm_q8_tile_neon.h"
#include "kernels/gemv_q4/gemv_q4.h"

namespace sotto::kernels::gemv_q4 {

void q4_neon(const Args& a, Range items) noexcept {
  gemm_q8::run_few<gemm_q8::Bits::kFour, gemm_q8::kTileRows, kItemPanels>(a, items);
}

}  // namespace sotto::kernels::gemv_q4
