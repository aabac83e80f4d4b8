#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <type_traits>

#include "kernels/transpose.h"

namespace sotto::kernels::gemm {

template <typename Weight>
void pack(const Weight* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          std::size_t panel, Weight* packed) noexcept {
  constexpr std::size_t kG = kGroup<Weight>;
  using Group = std::conditional_t<kG * sizeof(Weight) == 2, std::uint16_t, std::uint32_t>;
  static_assert(sizeof(Group) == kG * sizeof(Weight));
  const std::size_t padded = depth<Weight>(k);
  for (std::size_t r = 0; r < rows;) {
    const std::size_t here = std::min(panel - (row + r) % panel, rows - r);
    const Weight* const from = w + r * k;
    Weight* const to = packed + packed_at<Weight>(row + r, 0, k, panel);
    transpose<Group>(reinterpret_cast<const std::uint8_t*>(from), k * sizeof(Weight), here, k / kG,
                     0, reinterpret_cast<std::uint8_t*>(to), panel * sizeof(Group));
    for (std::size_t i = 0; i < here; ++i) {
      for (std::size_t p = k / kG * kG; p < padded; ++p) {
        to[packed_at<Weight>(i, p, k, panel)] = p < k ? from[i * k + p] : Weight{};
      }
    }
    r += here;
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
