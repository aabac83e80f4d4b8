#include "kernels/attention/attention_simd_neon.h"

namespace sotto::kernels::attention {

void f32_neon(const Args& args, Range items) noexcept { run<Simd>(args, items); }

}  // namespace sotto::kernels::attention
