#include "kernels/quantize_kv/quantize_kv_simd_avx512.h"
//
#include "kernels/quantize_kv/quantize_kv_form.h"

namespace sotto::kernels::quantize_kv {

void f32_avx512(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::quantize_kv
