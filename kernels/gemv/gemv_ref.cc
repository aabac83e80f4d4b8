#include "kernels/gemm/gemm_definition.h"
#include "kernels/gemv/gemv.h"

namespace sotto::kernels::gemv {

void f32_ref(const Args& a, Range items) noexcept { gemm::define(a, items, a.m, kItemPanels); }

}  // namespace sotto::kernels::gemv
