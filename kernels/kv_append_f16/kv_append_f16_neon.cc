#include "kernels/kv_append_f16/kv_append_f16_form.h"

namespace sotto::kernels::kv_append_f16 {

void f16_neon(const Args& a, Range items) noexcept { run<to_f16::Neon>(a, items); }

}  // namespace sotto::kernels::kv_append_f16
