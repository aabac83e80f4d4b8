#include "kernels/silu_glu/silu_glu_form.h"

namespace sotto::kernels::silu_glu {

void f32_avx512(const Args& a, Range items) noexcept { run<Avx512Lanes>(a, items); }

}  // namespace sotto::kernels::silu_glu
