#include "kernels/gemm_q4/gemm_q4.h"
#include "kernels/gemm_q8/gemm_q8_tile_avx512vnni.h"

namespace sotto::kernels::gemm_q4 {

void q4_avx512vnni(const Args& a, Range items) noexcept {
  gemm_q8::run_widened<gemm_q8::kTileRows, gemm_q8::kFourToEight>(a, items);
}

}  // namespace sotto::kernels::gemm_q4
