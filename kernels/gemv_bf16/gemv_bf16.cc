#include "kernels/gemv_bf16/gemv_bf16.h"

namespace sotto::kernels::gemv_bf16 {

std::span<const Kernel> variants() noexcept {
  static constexpr Kernel kTable[] = {
#if defined(__x86_64__)
    {{Isa::kAmx, "bf16_amx", bf16_amx}, 32},
    {{Isa::kAvx512Bf16, "bf16_avx512bf16", bf16_avx512bf16}, 32},
    {{Isa::kAvx512, "bf16_avx512", bf16_avx512}, 32},
    {{Isa::kAvx2, "bf16_avx2", bf16_avx2}, 16},
#elif defined(__aarch64__)
    {{Isa::kNeon, "bf16_neon", bf16_neon}, 8},
#endif
    {{Isa::kScalar, "bf16_ref", bf16_ref}, 8},
  };
  return kTable;
}

}  // namespace sotto::kernels::gemv_bf16
