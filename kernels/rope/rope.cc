#include "kernels/rope/rope.h"

#include <cmath>

namespace sotto::kernels::rope {

void fill_tables(std::size_t positions, std::size_t rotary_dim, double base, float* cos,
                 float* sin) noexcept {
  const std::size_t pairs = rotary_dim / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    // 1.0 / (base ** (arange(0, dim, 2).float() / dim)): each of the three results is an f32.
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(rotary_dim);
    const auto power = static_cast<float>(std::pow(base, static_cast<double>(exponent)));
    const float frequency = 1.0F / power;
    for (std::size_t p = 0; p < positions; ++p) {
      const double angle = static_cast<float>(p) * frequency;
      cos[p * pairs + i] = static_cast<float>(std::cos(angle));
      sin[p * pairs + i] = static_cast<float>(std::sin(angle));
    }
  }
}

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
#if defined(__x86_64__)
    {Isa::kAvx512, "f32_avx512", f32_avx512},
    {Isa::kAvx2, "f32_avx2", f32_avx2},
#elif defined(__aarch64__)
    {Isa::kNeon, "f32_neon", f32_neon},
#endif
    {Isa::kScalar, "f32_ref", f32_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::rope
