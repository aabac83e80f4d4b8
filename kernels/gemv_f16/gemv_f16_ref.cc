#include "kernels/gemm/gemm_definition.h"
#include "kernels/gemv_f16/gemv_f16.h"

namespace sotto::kernels::gemv_f16 {

void f16_ref(const Args& a, Range items) noexcept {
  gemm::define(a, items, a.m, gemv::kItemPanels);
}

}  // namespace sotto::kernels::gemv_f16
