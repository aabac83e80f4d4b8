#include "kernels/gelu/gelu_form.h"

namespace sotto::kernels::gelu {

void f32_avx512(const Args& a, Range items) noexcept { run<Avx512Lanes>(a, items); }

}  // namespace sotto::kernels::gelu
