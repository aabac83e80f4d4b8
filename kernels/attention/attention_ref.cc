#include "kernels/attention/attention_definition.h"

namespace sotto::kernels::attention {

void f32_ref(const Args& args, Range items) noexcept { define(args, items); }

}  // namespace sotto::kernels::attention
