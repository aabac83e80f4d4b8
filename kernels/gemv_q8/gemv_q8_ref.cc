#include "kernels/gemv_q8/gemv_q8.h"

#include "kernels/gemm_q8/gemm_q8_definition.h"

namespace sotto::kernels::gemv_q8 {

void q8_ref(const Args& a, Range items) noexcept {
  gemm_q8::define<gemm_q8::Eight>(a, items, a.m, kItemPanels);
}

}  // namespace sotto::kernels::gemv_q8
