#include "kernels/gemm/gemm_definition.h"
#include "kernels/gemm_bf16/gemm_bf16.h"

namespace sotto::kernels::gemm_bf16 {

void bf16_ref(const Args& a, Range items) noexcept {
  gemm::define(a, items, gemm::kBlockRows, gemm::kBlockPanels);
}

}  // namespace sotto::kernels::gemm_bf16
