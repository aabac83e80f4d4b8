#include "kernels/split_kv/split_kv.h"

namespace sotto::kernels::split_kv {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
#if defined(__x86_64__)
    {Isa::kAvx512, "f32_avx512", f32_avx512},
#endif
    {Isa::kScalar, "f32_ref", f32_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::split_kv
