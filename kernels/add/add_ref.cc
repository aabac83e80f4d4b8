#include "kernels/add/add.h"

namespace sotto::kernels::add {

// The definition of the op: written to be read, never tuned.
void f32_ref(const Args& a, Range items) noexcept {
  for (std::size_t i = items.begin * kBlock; i < items.end * kBlock && i < a.count; ++i) {
    a.y[i] = a.a[i] + a.b[i];
  }
}

}  // namespace sotto::kernels::add
