#include "kernels/gemv_q4/gemv_q4.h"

#include "kernels/gemm_q8/gemm_q8_definition.h"

namespace sotto::kernels::gemv_q4 {

void q4_ref(const Args& a, Range items) noexcept {
  gemm_q8::define<gemm_q8::Four>(a, items, a.m, kItemPanels);
}

}  // namespace sotto::kernels::gemv_q4
