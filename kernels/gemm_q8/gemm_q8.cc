#include "kernels/gemm_q8/gemm_q8.h"

#include "kernels/gemm_q8/gemm_q8_panels.h"

namespace sotto::kernels::gemm_q8 {

void pack(const std::uint8_t* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          Layout layout, std::uint8_t* packed) noexcept {
  pack_panels<Eight>(w, row, rows, n, k, layout, packed);
}

std::span<const Kernel> variants() noexcept {
  static constexpr Kernel kTable[] = {
#if defined(__x86_64__)
    {{Isa::kAmx, "q8_amx", q8_amx}, {32, 4, true}},
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

}  // namespace sotto::kernels::gemm_q8
