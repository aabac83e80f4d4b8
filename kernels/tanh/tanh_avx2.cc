#include "kernels/tanh/tanh_form.h"

namespace sotto::kernels::tanh {

void f32_avx2(const Args& a, Range items) noexcept { run<Avx2Lanes>(a, items); }

}  // namespace sotto::kernels::tanh
