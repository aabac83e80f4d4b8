#include "kernels/embedding_q4/embedding_q4.h"

namespace sotto::kernels::embedding_q4 {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
      {Isa::kScalar, "q4_ref", q4_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::embedding_q4
