#include "kernels/silu_glu/silu_glu_form.h"

namespace sotto::kernels::silu_glu {

void f32_avx2(const Args& a, Range items) noexcept { run<Avx2Lanes>(a, items); }

}  // namespace sotto::kernels::silu_glu
