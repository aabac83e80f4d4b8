#include "kernels/gelu/gelu_form.h"

namespace sotto::kernels::gelu {

void f32_avx2(const Args& a, Range items) noexcept { run<Avx2Lanes>(a, items); }

}  // namespace sotto::kernels::gelu
