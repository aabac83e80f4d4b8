#include "kernels/silu_glu/silu_glu_form.h"

namespace sotto::kernels::silu_glu {

void f32_neon(const Args& a, Range items) noexcept { run<NeonLanes>(a, items); }

}  // namespace sotto::kernels::silu_glu
