#include "kernels/add/add_form.h"

namespace sotto::kernels::add {

void f32_avx512(const Args& a, Range items) noexcept { run<Avx512Lanes>(a, items); }

}  // namespace sotto::kernels::add
