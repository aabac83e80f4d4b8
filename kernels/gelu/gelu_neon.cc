#include "kernels/gelu/gelu_form.h"

namespace sotto::kernels::gelu {

void f32_neon(const Args& a, Range items) noexcept { run<NeonLanes>(a, items); }

}  // namespace sotto::kernels::gelu
