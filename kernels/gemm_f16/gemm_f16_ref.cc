#include "kernels/gemm/gemm_definition.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace sotto::kernels::gemm_f16 {

void f16_ref(const Args& a, Range items) noexcept {
  gemm::define(a, items, gemm::kBlockRows, gemm::kBlockPanels);
}

}  // namespace sotto::kernels::gemm_f16
