#include "kernels/gemm_q4/gemm_q4.h"
#include "kernels/gemm_q8/gemm_q8_tile_amx.h"

namespace sotto::kernels::gemm_q4 {

void q4_amx(const Args& a, Range items) noexcept {
  gemm_q8::run_opened<gemm_q8::Bits::kFour>(a, items);
}

}  // namespace sotto::kernels::gemm_q4
