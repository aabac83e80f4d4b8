#include <cmath>

#include "kernels/attention_q8/attention_q8.h"
#include "kernels/quantize_kv/quantize_kv_parts.h"

namespace sotto::kernels::attention_q8 {
namespace {

using quantize_kv::Block;
using quantize_kv::Layout;
using quantize_kv::Scale;

struct Query {
  double scale;
  std::int32_t bytes[attention::kMaxHeadDim];

  Query(const float* q, std::size_t head_dim, float factor) noexcept {
    float most = 0.0F;
    for (std::size_t d = 0; d < head_dim && !std::isnan(most); ++d) {
      if (!(std::fabs(q[d]) <= most)) most = std::fabs(q[d]);
    }
    const Scale s(most);
    scale = static_cast<double>(s.scale) * factor;
    for (std::size_t d = 0; d < head_dim; ++d) {
      bytes[d] = s.factor == 0.0F ? 0 : static_cast<std::int32_t>(std::nearbyint(q[d] * s.factor));
    }
  }
};

double score(const Query& q, const Block<const std::uint8_t>& block, std::size_t j,
             const Layout& layout) noexcept {
  std::int32_t dot = 0;
  for (std::size_t d = 0; d < layout.head_dim; ++d) {
    dot += q.bytes[d] * block.keys[j * layout.key_stride() + d];
  }
  return q.scale * block.key_scales[j] * dot;
}

}  // namespace

// Scores are computed twice, since nothing bounds the number of keys: for the maximum of all, and
// block by block.
void q8_ref(const Args& a, Range items) noexcept {
  const Layout layout{a.head_dim};
  const std::size_t across = ceil_div(a.queries, kBlockQueries), blocks = ceil_div(a.keys, kKeys);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t head = item / across, kv_head = head / (a.heads / a.kv_heads);
    const std::uint8_t* packed = a.packed + kv_head * blocks * layout.bytes();
    const std::size_t first = item % across * kBlockQueries;
    for (std::size_t i = first; i < a.queries && i < first + kBlockQueries; ++i) {
      const Query q(a.q + i * a.ldq + head * a.head_dim, a.head_dim, a.scale);
      double max = -INFINITY;
      for (std::size_t j = 0; j < a.keys; ++j) {
        const Block block(packed + j / kKeys * layout.bytes(), layout);
        const double s = score(q, block, j % kKeys, layout);
        if (!(s <= max)) max = s;  // NaN, too
      }

      double sum = 0.0;
      double mix[attention::kMaxHeadDim] = {};
      for (std::size_t b = 0; b < blocks; ++b) {
        const Block block(packed + b * layout.bytes(), layout);
        const std::size_t count = a.keys - b * kKeys < kKeys ? a.keys - b * kKeys : kKeys;
        double s[kKeys], most = -INFINITY;
        for (std::size_t j = 0; j < count; ++j) {
          s[j] = score(q, block, j, layout);
          if (!(s[j] <= most)) most = s[j];
        }
        for (std::size_t j = 0; j < count; ++j) {
          const double p = std::nearbyint(127.0 * std::exp(s[j] - most)) * std::exp(most - max);
          sum += p;
          for (std::size_t d = 0; d < a.head_dim; ++d) {
            mix[d] += p * block.values[d * kKeys + j] * block.value_scales[d];
          }
        }
      }
      for (std::size_t d = 0; d < a.head_dim; ++d) {
        a.y[i * a.ldy + head * a.head_dim + d] = static_cast<float>(mix[d] / sum);
      }
    }
  }
}

}  // namespace sotto::kernels::attention_q8
