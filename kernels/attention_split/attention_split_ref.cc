#include <bit>
#include <cmath>

#include "kernels/attention_split/attention_split.h"

namespace sotto::kernels::attention_split {
namespace {

// The number whose parts are at `high` and `low_at` after it.
double joined(const std::uint16_t* high, std::size_t low_at) noexcept {
  const auto widen = [](std::uint16_t x) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
  };
  return static_cast<double>(widen(high[0])) + widen(high[low_at]);
}

}  // namespace

// Scores are computed twice, since nothing bounds the number of keys.
void f32_ref(const Args& a, Range items) noexcept {
  const split_kv::Layout layout{a.head_dim};
  const std::size_t across = ceil_div(a.queries, kBlockQueries), blocks = ceil_div(a.keys, kKeys);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t head = item / across, kv_head = head / (a.heads / a.kv_heads);
    const std::uint16_t* packed = a.packed + kv_head * blocks * layout.size();
    const std::size_t first = item % across * kBlockQueries;
    for (std::size_t i = first; i < a.queries && i < first + kBlockQueries; ++i) {
      const float* q = a.q + i * a.ldq + head * a.head_dim;
      const auto score = [&](std::size_t j) {
        const std::uint16_t* key =
            packed + j / kKeys * layout.size() + j % kKeys * layout.key_stride();
        double dot = 0.0;
        for (std::size_t d = 0; d < a.head_dim; ++d) dot += q[d] * joined(key + d, layout.keys());
        return a.scale * dot;
      };
      double max = score(0);
      for (std::size_t j = 1; j < a.keys; ++j) max = std::fmax(max, score(j));
      double sum = 0.0;
      double mix[kMaxHeadDim] = {};
      for (std::size_t j = 0; j < a.keys; ++j) {
        const std::uint16_t* values =
            packed + j / kKeys * layout.size() + 2 * layout.keys() + j % kKeys;
        const double weight = std::exp(score(j) - max);
        sum += weight;
        for (std::size_t d = 0; d < a.head_dim; ++d) {
          mix[d] += weight * joined(values + d * kKeys, layout.values());
        }
      }
      for (std::size_t d = 0; d < a.head_dim; ++d) {
        a.y[i * a.ldy + head * a.head_dim + d] = static_cast<float>(mix[d] / sum);
      }
    }
  }
}

}  // namespace sotto::kernels::attention_split
