#include "kernels/kv_append_f16/kv_append_f16_form.h"

namespace sotto::kernels::kv_append_f16 {

void f16_ref(const Args& a, Range items) noexcept { run<to_f16::Scalar>(a, items); }

}  // namespace sotto::kernels::kv_append_f16
