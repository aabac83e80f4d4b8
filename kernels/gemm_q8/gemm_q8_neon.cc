#include "kernels/gemm_q8/gemm_q8_tile_neon.h"

namespace sotto::kernels::gemm_q8 {

void q8_neon(const Args& a, Range items) noexcept { run<Bits::kEight, kTileRows>(a, items); }

}  // namespace sotto::kernels::gemm_q8
