#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm {

template <typename Weight>
void pack(const Weight* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          std::size_t panel, Weight* packed) noexcept {
  const std::size_t padded = depth<Weight>(k);
  for (std::size_t r = 0; r < rows; ++r) {
    Weight* to = packed + packed_at<Weight>(row + r, 0, k, panel);
    for (std::size_t p = 0; p < k; ++p) to[packed_at<Weight>(0, p, k, panel)] = w[r * k + p];
    for (std::size_t p = k; p < padded; ++p) to[packed_at<Weight>(0, p, k, panel)] = Weight{};
  }
  if (row + rows != n) return;
  for (std::size_t j = n; j % panel != 0; ++j) {
    for (std::size_t p = 0; p < padded; ++p) packed[packed_at<Weight>(j, p, k, panel)] = Weight{};
  }
}

template void pack(const float*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                   float*) noexcept;
template void pack(const F16*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                   F16*) noexcept;
template void pack(const Bf16*, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                   Bf16*) noexcept;

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
