#include "kernels/attention/attention_simd_avx2.h"
#include "kernels/attention_scores/attention_scores_form.h"
#include "kernels/attention_scores_f16/attention_scores_f16.h"

namespace sotto::kernels::attention_scores_f16 {

void f16_avx2(const Args& args, Range items) noexcept {
  attention_scores::run<attention::Simd>(args, items);
}

}  // namespace sotto::kernels::attention_scores_f16
