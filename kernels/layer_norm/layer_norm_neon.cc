#include "kernels/layer_norm/layer_norm_form.h"

namespace sotto::kernels::layer_norm {

void f32_neon(const Args& a, Range items) noexcept { run<NeonLanes>(a, items); }

}  // namespace sotto::kernels::layer_norm
