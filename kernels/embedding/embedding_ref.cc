#include "kernels/embedding/embedding.h"

namespace sotto::kernels::embedding {

void f32_ref(const Args& args, Range items) noexcept {
  for (std::size_t r = items.begin; r < items.end; ++r) {
    const auto id = static_cast<std::size_t>(args.ids[r]);
    const float* w = args.w + id / args.panel * args.cols * args.panel + id % args.panel;
    float* y = args.y + r * args.cols;
    for (std::size_t c = 0; c < args.cols; ++c) y[c] = w[c * args.panel];
  }
}

}  // namespace sotto::kernels::embedding
