#include "kernels/attention_split/attention_split.h"

namespace sotto::kernels::attention_split {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
#if defined(__x86_64__)
    {Isa::kAmx, "f32_amx", f32_amx},
#endif
    {Isa::kScalar, "f32_ref", f32_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::attention_split
