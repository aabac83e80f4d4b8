#include "kernels/embedding/embedding.h"

namespace sotto::kernels::embedding {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
      {Isa::kScalar, "f32_ref", f32_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::embedding
