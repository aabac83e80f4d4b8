#include "kernels/add/add_form.h"

namespace sotto::kernels::add {

void f32_neon(const Args& a, Range items) noexcept { run<NeonLanes>(a, items); }

}  // namespace sotto::kernels::add
