#include "kernels/gemm_q4/gemm_q4.h"
#include "kernels/gemm_q8/gemm_q8_definition.h"

namespace sotto::kernels::gemm_q4 {

void q4_ref(const Args& a, Range items) noexcept {
  gemm_q8::define<gemm_q8::Four>(a, items, gemm_q8::kBlockRows, gemm_q8::kBlockPanels);
}

}  // namespace sotto::kernels::gemm_q4
