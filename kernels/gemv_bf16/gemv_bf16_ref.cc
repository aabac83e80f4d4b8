#include "kernels/gemm/gemm_definition.h"
#include "kernels/gemv_bf16/gemv_bf16.h"

namespace sotto::kernels::gemv_bf16 {

void bf16_ref(const Args& a, Range items) noexcept {
  gemm::define(a, items, a.m, gemv::kItemPanels);
}

}  // namespace sotto::kernels::gemv_bf16
