#include "kernels/kv_append/kv_append.h"

namespace sotto::kernels::kv_append {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
      {Isa::kScalar, "f32_ref", f32_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::kv_append
