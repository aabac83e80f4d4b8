#include "kernels/layer_norm/layer_norm_form.h"

namespace sotto::kernels::layer_norm {

void f32_avx512(const Args& a, Range items) noexcept { run<Avx512Lanes>(a, items); }

}  // namespace sotto::kernels::layer_norm
