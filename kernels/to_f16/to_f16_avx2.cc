#include "kernels/to_f16/to_f16_form.h"

namespace sotto::kernels::to_f16 {

void f16_avx2(const Args& a, Range items) noexcept { run<Avx2>(a, items); }

}  // namespace sotto::kernels::to_f16
