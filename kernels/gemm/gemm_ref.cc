#include "kernels/gemm/gemm_definition.h"

namespace sotto::kernels::gemm {

void f32_ref(const Args& a, Range items) noexcept { define(a, items, kBlockRows, kBlockPanels); }

}  // namespace sotto::kernels::gemm
