#include "kernels/kv_append_f16/kv_append_f16_form.h"

namespace sotto::kernels::kv_append_f16 {

void f16_avx2(const Args& a, Range items) noexcept { run<to_f16::Avx2>(a, items); }

}  // namespace sotto::kernels::kv_append_f16
