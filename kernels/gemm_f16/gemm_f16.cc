#include "kernels/gemm_f16/gemm_f16.h"

namespace sotto::kernels::gemm_f16 {

std::span<const Kernel> variants() noexcept {
  static constexpr Kernel kTable[] = {
#if defined(__x86_64__)
    {{Isa::kAmx, "f16_amx", f16_amx}, 32},
    {{Isa::kAvx512, "f16_avx512", f16_avx512}, 32},
    {{Isa::kAvx2, "f16_avx2", f16_avx2}, 16},
#elif defined(__aarch64__)
    {{Isa::kNeon, "f16_neon", f16_neon}, 8},
#endif
    {{Isa::kScalar, "f16_ref", f16_ref}, 8},
  };
  return kTable;
}

}  // namespace sotto::kernels::gemm_f16
