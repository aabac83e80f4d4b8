#include "kernels/embedding_q8/embedding_q8.h"

namespace sotto::kernels::embedding_q8 {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
      {Isa::kScalar, "q8_ref", q8_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::embedding_q8
