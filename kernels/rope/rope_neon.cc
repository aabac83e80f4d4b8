#include <arm_neon.h>

#include "kernels/rope/rope.h"

namespace sotto::kernels::rope {

// Four pairs a step, parted into even and odd by the load; the angles stay over the heads.
void f32_neon(const Args& args, Range items) noexcept {
  const std::size_t pairs = args.rotary_dim / 2;
  const std::size_t body = pairs - pairs % 4;
  const std::size_t end = items.end * kBlockRows;

  for (std::size_t r = items.begin * kBlockRows; r < end && r < args.rows; ++r) {
    const float* cos_row = args.cos + (args.past + r) * pairs;
    const float* sin_row = args.sin + (args.past + r) * pairs;
    float* row = args.x + r * args.ldx;
    for (std::size_t i = 0; i < body; i += 4) {
      const float32x4_t cos = vld1q_f32(cos_row + i);
      const float32x4_t sin = vld1q_f32(sin_row + i);
      float* x = row + 2 * i;
      for (std::size_t h = 0; h < args.heads; ++h, x += args.head_dim) {
        const float32x4x2_t in = vld2q_f32(x);
        float32x4x2_t out;
        out.val[0] = vfmsq_f32(vmulq_f32(in.val[0], cos), in.val[1], sin);
        out.val[1] = vfmaq_f32(vmulq_f32(in.val[1], cos), in.val[0], sin);
        vst2q_f32(x, out);
      }
    }
    for (std::size_t i = body; i < pairs; ++i) {
      float* x = row + 2 * i;
      for (std::size_t h = 0; h < args.heads; ++h, x += args.head_dim) {
        const float even = x[0];
        const float odd = x[1];
        x[0] = even * cos_row[i] - odd * sin_row[i];
        x[1] = odd * cos_row[i] + even * sin_row[i];
      }
    }
  }
}

}  // namespace sotto::kernels::rope
