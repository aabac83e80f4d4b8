#include "kernels/tanh/tanh_form.h"

namespace sotto::kernels::tanh {

void f32_neon(const Args& a, Range items) noexcept { run<NeonLanes>(a, items); }

}  // namespace sotto::kernels::tanh
