#include "kernels/gemm_q4/gemm_q4.h"

#include "kernels/gemm_q8/gemm_q8_panels.h"

namespace sotto::kernels::gemm_q4 {

void pack(const std::uint8_t* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          Layout layout, std::uint8_t* packed) noexcept {
  gemm_q8::pack_panels<gemm_q8::Four>(w, row, rows, n, k, layout, packed);
}

std::span<const Kernel> variants() noexcept {
  static constexpr Kernel kTable[] = {
#if defined(__x86_64__)
    {{Isa::kAmx, "q4_amx", q4_amx}, {32, 4, false}},
    {{Isa::kAvx512Vnni, "q4_avx512vnni", q4_avx512vnni}, {32, 4, false}},
    {{Isa::kAvxVnni, "q4_avxvnni", q4_avxvnni}, {16, 4, false}},
    {{Isa::kAvx2, "q4_avx2", q4_avx2}, {16, 4, false}},
#elif defined(__aarch64__)
    {{Isa::kNeonI8mm, "q4_neoni8mm", q4_neoni8mm}, {8, 8, false}},
    {{Isa::kNeonDot, "q4_neondot", q4_neondot}, {8, 4, false}},
    {{Isa::kNeon, "q4_neon", q4_neon}, {8, 16, false}},
#endif
    {{Isa::kScalar, "q4_ref", q4_ref}, {8, 4, false}},
  };
  return kTable;
}

}  // namespace sotto::kernels::gemm_q4
