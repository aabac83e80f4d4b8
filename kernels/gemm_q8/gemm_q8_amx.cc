#include "kernels/gemm_q8/gemm_q8_tile_amx.h"

namespace sotto::kernels::gemm_q8 {

// Few rows do not pay for taking the panels apart: 16 x 1536 x 384 take 1.07 of avx512vnni's time,
// 24 x 1536 x 384 0.89 (Sapphire Rapids).
void q8_amx(const Args& a, Range items) noexcept {
  constexpr std::size_t kFewRows = 16;
  if (a.m <= kFewRows) return q8_avx512vnni(a, items);
  run_opened<Bits::kEight>(a, items);
}

}  // namespace sotto::kernels::gemm_q8
