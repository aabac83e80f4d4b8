// attention_scores over the vector operations of attention (struct Simd, attention_blocks.h).
#pragma once

#include "kernels/attention/attention_blocks.h"
#include "kernels/attention_scores/attention_scores.h"

namespace sotto::kernels::attention_scores {
namespace {

template <typename Simd, typename Cache>
inline void run(const ArgsOf<Cache>& args, Range items) noexcept {
  using attention::kMaxHeadDim;
  alignas(64) float q[kMaxHeadDim];
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t first = item * kBlockKeys;
    const std::size_t count = attention::min(kBlockKeys, args.keys - first);
    for (std::size_t i = 0; i < args.queries; ++i) {
      for (std::size_t d = 0; d < kMaxHeadDim; ++d) {
        q[d] = d < args.head_dim ? args.q[i * args.ldq + d] * args.scale : 0.0F;
      }
      attention::score_keys<Simd, 1>(q, args.k + first * args.ldk, args.ldk, count, args.head_dim,
                                     args.y + i * args.keys + first);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::attention_scores
