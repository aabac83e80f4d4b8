#include "kernels/attention/attention_simd_neon.h"
#include "kernels/attention_scores/attention_scores_form.h"
#include "kernels/attention_scores_f16/attention_scores_f16.h"

namespace sotto::kernels::attention_scores_f16 {

void f16_neon(const Args& args, Range items) noexcept {
  attention_scores::run<attention::Simd>(args, items);
}

}  // namespace sotto::kernels::attention_scores_f16
