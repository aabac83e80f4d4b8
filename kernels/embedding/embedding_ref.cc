#include "kernels/embedding/embedding.h"

namespace sotto::kernels::embedding {
namespace {

template <typename Weight>
void gather(const ArgsOf<Weight>& args, Range items) noexcept {
  for (std::size_t r = items.begin; r < items.end; ++r) {
    const auto id = static_cast<std::size_t>(args.ids[r]);
    float* y = args.y + r * args.cols;
    for (std::size_t c = 0; c < args.cols; ++c) {
      y[c] = widen(args.w[gemm::packed_at<Weight>(id, c, args.cols, args.panel)]);
    }
  }
}

}  // namespace

void f32_ref(const Args& args, Range items) noexcept { gather(args, items); }
void f16_ref(const ArgsOf<F16>& args, Range items) noexcept { gather(args, items); }
void bf16_ref(const ArgsOf<Bf16>& args, Range items) noexcept { gather(args, items); }

}  // namespace sotto::kernels::embedding
