#include "kernels/attention_scores/attention_scores_definition.h"

namespace sotto::kernels::attention_scores {

void f32_ref(const Args& args, Range items) noexcept { define(args, items); }

}  // namespace sotto::kernels::attention_scores
