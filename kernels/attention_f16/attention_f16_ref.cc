#include "kernels/attention/attention_definition.h"
#include "kernels/attention_f16/attention_f16.h"

namespace sotto::kernels::attention_f16 {

void f16_ref(const Args& args, Range items) noexcept { attention::define(args, items); }

}  // namespace sotto::kernels::attention_f16
