#include "kernels/attention/attention_simd_neon.h"
#include "kernels/attention_scores/attention_scores_form.h"

namespace sotto::kernels::attention_scores {

void f32_neon(const Args& args, Range items) noexcept { run<attention::Simd>(args, items); }

}  // namespace sotto::kernels::attention_scores
