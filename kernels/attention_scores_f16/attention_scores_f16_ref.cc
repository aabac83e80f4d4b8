#include "kernels/attention_scores/attention_scores_definition.h"
#include "kernels/attention_scores_f16/attention_scores_f16.h"

namespace sotto::kernels::attention_scores_f16 {

void f16_ref(const Args& args, Range items) noexcept { attention_scores::define(args, items); }

}  // namespace sotto::kernels::attention_scores_f16
