#include "kernels/rope/rope.h"

namespace sotto::kernels::rope {

void f32_ref(const Args& args, Range items) noexcept {
  const std::size_t pairs = args.rotary_dim / 2;
  const std::size_t end = items.end * kBlockRows;
  for (std::size_t r = items.begin * kBlockRows; r < end && r < args.rows; ++r) {
    const float* cos = args.cos + (args.past + r) * pairs;
    const float* sin = args.sin + (args.past + r) * pairs;
    for (std::size_t h = 0; h < args.heads; ++h) {
      float* x = args.x + r * args.ldx + h * args.head_dim;
      for (std::size_t i = 0; i < pairs; ++i) {
        const double even = x[2 * i];
        const double odd = x[2 * i + 1];
        x[2 * i] = static_cast<float>(even * cos[i] - odd * sin[i]);
        x[2 * i + 1] = static_cast<float>(odd * cos[i] + even * sin[i]);
      }
    }
  }
}

}  // namespace sotto::kernels::rope
