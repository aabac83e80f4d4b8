#include <cmath>

#include "kernels/silu_glu/silu_glu.h"

namespace sotto::kernels::silu_glu {

// The definition of the op: written to be read, in double, never tuned.
void f32_ref(const Args& a, Range items) noexcept {
  for (std::size_t r = items.begin; r < items.end; ++r) {
    const float* value = a.value + r * a.ldx;
    const float* gate = a.gate + r * a.ldx;
    for (std::size_t c = 0; c < a.cols; ++c) {
      const double g = gate[c];
      a.y[r * a.ldy + c] = static_cast<float>(value[c] * (g / (1 + std::exp(-g))));
    }
  }
}

}  // namespace sotto::kernels::silu_glu
