#include "kernels/conv1d/conv1d.h"

namespace sotto::kernels::conv1d {

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

}  // namespace sotto::kernels::conv1d
