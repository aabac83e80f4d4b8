#include "kernels/tanh/tanh_form.h"

namespace sotto::kernels::tanh {

void f32_avx512(const Args& a, Range items) noexcept { run<Avx512Lanes>(a, items); }

}  // namespace sotto::kernels::tanh
