#include "kernels/attention_q8/attention_q8_simd_avxvnni.h"
//
#include "kernels/attention_q8/attention_q8_tile.h"

namespace sotto::kernels::attention_q8 {

void q8_avxvnni(const Args& a, Range items) noexcept { run<VectorProduct>(a, items); }

}  // namespace sotto::kernels::attention_q8
