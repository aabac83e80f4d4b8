#include <cmath>

#include "kernels/tanh/tanh.h"

namespace sotto::kernels::tanh {

// The definition of the op: written to be read, in double, never tuned.
void f32_ref(const Args& a, Range items) noexcept {
  for (std::size_t i = items.begin * kBlock; i < items.end * kBlock && i < a.count; ++i) {
    a.y[i] = static_cast<float>(std::tanh(static_cast<double>(a.x[i])));
  }
}

}  // namespace sotto::kernels::tanh
