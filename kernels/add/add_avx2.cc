#include "kernels/add/add_form.h"

namespace sotto::kernels::add {

void f32_avx2(const Args& a, Range items) noexcept { run<Avx2Lanes>(a, items); }

}  // namespace sotto::kernels::add
