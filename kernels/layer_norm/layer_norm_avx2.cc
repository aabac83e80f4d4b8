#include "kernels/layer_norm/layer_norm_form.h"

namespace sotto::kernels::layer_norm {

void f32_avx2(const Args& a, Range items) noexcept { run<Avx2Lanes>(a, items); }

}  // namespace sotto::kernels::layer_norm
