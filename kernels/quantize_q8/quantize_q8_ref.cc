#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::quantize_q8 {
namespace {

Block quantize(const float* x) {
  Block block{};
  float largest = 0.0F;
  for (std::size_t p = 0; p < kTerms; ++p) {
    if (!std::isfinite(x[p])) {
      block.scale = std::numeric_limits<float>::quiet_NaN();
      return block;
    }
    largest = std::max(largest, std::abs(x[p]));
  }
  if (largest < kSmallest) return block;
  block.scale = largest / 127.0F;
  const float inverse = 127.0F / largest;
  for (std::size_t p = 0; p < kTerms; ++p) {
    block.q[p] = static_cast<std::int8_t>(std::nearbyint(x[p] * inverse));
    block.offset -= 128 * block.q[p];
  }
  return block;
}

}  // namespace

void f32_ref(const Args& a, Range items) noexcept {
  for (std::size_t i = items.begin * kItemRows; i < std::min(items.end * kItemRows, a.m); ++i) {
    for (std::size_t b = 0; b < a.k / kTerms; ++b) {
      a.y[i * a.ldy + b] = quantize(a.x + i * a.ldx + b * kTerms);
    }
  }
}

}  // namespace sotto::kernels::quantize_q8
