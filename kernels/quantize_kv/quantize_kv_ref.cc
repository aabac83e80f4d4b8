#include <cmath>
#include <cstring>

#include "kernels/quantize_kv/quantize_kv_parts.h"

namespace sotto::kernels::quantize_kv {
namespace {

// The scale of x[0], x[step], ..., `count` of them.
Scale scale_of(const float* x, std::size_t step, std::size_t count) noexcept {
  float most = 0.0F;
  for (std::size_t i = 0; i < count; ++i) {
    const float magnitude = std::fabs(x[i * step]);
    if (!(magnitude <= most)) most = magnitude;  // NaN, too; then it stays
    if (std::isnan(most)) break;
  }
  return Scale(most);
}

std::int8_t byte(float x, Scale s) noexcept {
  return s.factor == 0.0F ? std::int8_t{0} : static_cast<std::int8_t>(std::nearbyint(x * s.factor));
}

}  // namespace

void f32_ref(const Args& a, Range items) noexcept {
  const Layout layout{a.head_dim};
  const std::size_t blocks = ceil_div(a.keys, kKeys);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t first = item % blocks * kKeys;
    const std::size_t count = a.keys - first < kKeys ? a.keys - first : kKeys;
    const float* k = a.k + first * a.ldk + item / blocks * a.head_dim;
    const float* v = a.v + first * a.ldv + item / blocks * a.head_dim;
    std::uint8_t* packed = a.packed + item * layout.bytes();
    std::memset(packed, 0, layout.bytes());
    const Block block(packed, layout);

    for (std::size_t j = 0; j < count; ++j) {
      const Scale s = scale_of(k + j * a.ldk, 1, a.head_dim);
      std::int8_t* key = block.keys + j * layout.key_stride();
      block.key_scales[j] = s.scale;
      for (std::size_t d = 0; d < a.head_dim; ++d) {
        key[d] = byte(k[j * a.ldk + d], s);
        block.key_offsets[j] -= 128 * key[d];
      }
    }
    for (std::size_t d = 0; d < a.head_dim; ++d) {
      const Scale s = scale_of(v + d, a.ldv, count);
      block.value_scales[d] = s.scale;
      for (std::size_t j = 0; j < count; ++j) {
        block.values[d * kKeys + j] = byte(v[j * a.ldv + d], s);
      }
    }
  }
}

}  // namespace sotto::kernels::quantize_kv
