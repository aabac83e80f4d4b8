#include "kernels/gemv_q8/gemv_q8.h"

namespace sotto::kernels::gemv_q8 {

std::span<const Kernel> variants() noexcept {
  static constexpr Kernel kTable[] = {
#if defined(__x86_64__)
    {{Isa::kAvx512Vnni, "q8_avx512vnni", q8_avx512vnni}, {32, 4, true}},
    {{Isa::kAvxVnni, "q8_avxvnni", q8_avxvnni}, {16, 4, true}},
    {{Isa::kAvx2, "q8_avx2", q8_avx2}, {16, 2, false}},
#elif defined(__aarch64__)
    {{Isa::kNeonI8mm, "q8_neoni8mm", q8_neoni8mm}, {8, 8, false}},
    {{Isa::kNeonDot, "q8_neondot", q8_neondot}, {8, 4, false}},
    {{Isa::kNeon, "q8_neon", q8_neon}, {8, 16, false}},
#endif
    {{Isa::kScalar, "q8_ref", q8_ref}, {8, 4, false}},
  };
  return kTable;
}

}  // namespace sotto::kernels::gemv_q8
