#include "kernels/to_f16/to_f16_form.h"

namespace sotto::kernels::to_f16 {

void f16_neon(const Args& a, Range items) noexcept { run<Neon>(a, items); }

}  // namespace sotto::kernels::to_f16
