#include "kernels/attention/attention_simd_avx2.h"

namespace sotto::kernels::attention {

void f32_avx2(const Args& args, Range items) noexcept { run<Simd>(args, items); }

}  // namespace sotto::kernels::attention
