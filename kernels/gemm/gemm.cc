#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm {

void pack(const float* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          std::size_t panel, float* packed) noexcept {
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t column = row + r;  // of the output
    float* to = packed + column / panel * panel * k + column % panel;
    for (std::size_t p = 0; p < k; ++p) to[p * panel] = w[r * k + p];
  }
  if (row + rows != n || n % panel == 0) return;
  float* last = packed + n / panel * panel * k;
  for (std::size_t p = 0; p < k; ++p) {
    for (std::size_t j = n % panel; j < panel; ++j) last[p * panel + j] = 0.0F;
  }
}

std::span<const Kernel> variants() noexcept {
  static constexpr Kernel kTable[] = {
#if defined(__x86_64__)
    {{Isa::kAvx512, "f32_avx512", f32_avx512}, 32},
    {{Isa::kAvx2, "f32_avx2", f32_avx2}, 16},
#elif defined(__aarch64__)
    {{Isa::kNeon, "f32_neon", f32_neon}, 8},
#endif
    {{Isa::kScalar, "f32_ref", f32_ref}, 8},
  };
  return kTable;
}

}  // namespace sotto::kernels::gemm
