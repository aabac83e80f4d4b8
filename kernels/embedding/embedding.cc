#include "kernels/embedding/embedding.h"

namespace sotto::kernels::embedding {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
      {Isa::kScalar, "f32_ref", f32_ref},
  };
  return kTable;
}

std::span<const Variant<FnOf<F16>>> f16_variants() noexcept {
  static constexpr Variant<FnOf<F16>> kTable[] = {
      {Isa::kScalar, "f16_ref", f16_ref},
  };
  return kTable;
}

std::span<const Variant<FnOf<Bf16>>> bf16_variants() noexcept {
  static constexpr Variant<FnOf<Bf16>> kTable[] = {
      {Isa::kScalar, "bf16_ref", bf16_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::embedding
