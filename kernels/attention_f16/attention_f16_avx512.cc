#include "kernels/attention/attention_simd_avx512.h"
#include "kernels/attention_f16/attention_f16.h"

namespace sotto::kernels::attention_f16 {

void f16_avx512(const Args& args, Range items) noexcept {
  attention::run<attention::Simd>(args, items);
}

}  // namespace sotto::kernels::attention_f16
