#include "kernels/quantize_kv/quantize_kv.h"

namespace sotto::kernels::quantize_kv {

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

}  // namespace sotto::kernels::quantize_kv
