#include "kernels/attention_f16/attention_f16.h"

namespace sotto::kernels::attention_f16 {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
#if defined(__x86_64__)
    {Isa::kAvx512, "f16_avx512", f16_avx512},
    {Isa::kAvx2, "f16_avx2", f16_avx2},
#elif defined(__aarch64__)
    {Isa::kNeon, "f16_neon", f16_neon},
#endif
    {Isa::kScalar, "f16_ref", f16_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::attention_f16
