// The definition of attention over keys and values of any type, for the reference variants.
#pragma once

#include <cmath>

#include "kernels/attention/attention.h"
#include "kernels/half.h"

namespace sotto::kernels::attention {
namespace {

template <typename Cache>
double score(const ArgsOf<Cache>& args, const float* q, const Cache* k) noexcept {
  double dot = 0.0;
  for (std::size_t d = 0; d < args.head_dim; ++d) dot += static_cast<double>(q[d]) * widen(k[d]);
  return args.scale * dot;
}

// Softmax in two passes that compute every score twice, since nothing bounds the
// number of keys.
template <typename Cache>
void define(const ArgsOf<Cache>& args, Range items) noexcept {
  const std::size_t blocks = ceil_div(args.queries, kBlockQueries);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t head = item / blocks;
    const std::size_t column = head * args.head_dim;
    const std::size_t kv_column = head / (args.heads / args.kv_heads) * args.head_dim;
    const Cache* k = args.k + kv_column;
    const Cache* v = args.v + kv_column;

    const std::size_t first = item % blocks * kBlockQueries;
    for (std::size_t i = first; i < args.queries && i < first + kBlockQueries; ++i) {
      const float* q = args.q + i * args.ldq + column;
      const std::size_t keys = args.causal ? args.past + i + 1 : args.keys;

      double max = score(args, q, k);
      for (std::size_t j = 1; j < keys; ++j) max = std::fmax(max, score(args, q, k + j * args.ldk));

      double sum = 0.0;
      double mix[kMaxHeadDim] = {};
      for (std::size_t j = 0; j < keys; ++j) {
        const double weight = std::exp(score(args, q, k + j * args.ldk) - max);
        sum += weight;
        for (std::size_t d = 0; d < args.head_dim; ++d)
          mix[d] += weight * widen(v[j * args.ldv + d]);
      }
      for (std::size_t d = 0; d < args.head_dim; ++d) {
        args.y[i * args.ldy + column + d] = static_cast<float>(mix[d] / sum);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::attention
