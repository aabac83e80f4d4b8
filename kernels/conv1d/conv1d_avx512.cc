#include "kernels/conv1d/conv1d_form.h"

namespace sotto::kernels::conv1d {

void f32_avx512(const Args& a, Range items) noexcept { run<gemm::f32_avx512>(a, items); }

}  // namespace sotto::kernels::conv1d
