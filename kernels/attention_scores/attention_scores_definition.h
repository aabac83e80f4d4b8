// The definition of the scores of keys of any type, for the reference variants.
#pragma once

#include "kernels/attention_scores/attention_scores.h"
#include "kernels/half.h"

namespace sotto::kernels::attention_scores {
namespace {

template <typename Cache>
void define(const ArgsOf<Cache>& args, Range items) noexcept {
  const std::size_t end = items.end * kBlockKeys;
  for (std::size_t i = 0; i < args.queries; ++i) {
    for (std::size_t j = items.begin * kBlockKeys; j < end && j < args.keys; ++j) {
      double dot = 0.0;
      for (std::size_t d = 0; d < args.head_dim; ++d) {
        dot += static_cast<double>(args.q[i * args.ldq + d]) * widen(args.k[j * args.ldk + d]);
      }
      args.y[i * args.keys + j] = static_cast<float>(args.scale * dot);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::attention_scores
