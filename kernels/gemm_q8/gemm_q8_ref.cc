#include "kernels/gemm_q8/gemm_q8_definition.h"

namespace sotto::kernels::gemm_q8 {

void q8_ref(const Args& a, Range items) noexcept {
  define<Eight>(a, items, kBlockRows, kBlockPanels);
}

}  // namespace sotto::kernels::gemm_q8
