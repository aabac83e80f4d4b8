// Attention of many queries whose products are of floats split into two bfloat16 numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/attention/attention.h"
#include "kernels/split_kv/split_kv.h"

namespace sotto::kernels::attention_split {

using attention::kBlockQueries;
using split_kv::kKeys;
using split_kv::kMaxHeadDim;

// The formula of attention, not causal, of keys and values that split_kv made. Queries, times
// scale, and weights are split alike. A product of two numbers is the sum of those of their parts
// but for both low ones: with what splitting leaves out it is off by at most 2^-14 of its
// magnitude; the sums are of f32. That is 250 times nearer than with factors of bfloat16, and of
// the order of what storing keys and values in f16 costs.
struct Args {
  const float* q;  // [queries, heads * head_dim], row stride ldq
  std::size_t ldq;
  const std::uint16_t* packed;  // split_kv::packed_size(keys, kv_heads, head_dim) of them
  float* y;  // [queries, heads * head_dim], row stride ldy; may be q itself if ldy == ldq, else
             // must not overlap q; must not overlap packed
  std::size_t ldy;
  std::size_t queries;   // > 0
  std::size_t keys;      // > 0
  std::size_t heads;     // > 0, a multiple of kv_heads
  std::size_t kv_heads;  // > 0
  std::size_t head_dim;  // 1 .. kMaxHeadDim
  float scale;           // finite
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is one head's block of kBlockQueries queries. Items are numbered with the blocks
// innermost.
constexpr std::size_t work_items(const Args& a) noexcept {
  return a.heads * ceil_div(a.queries, kBlockQueries);
}

void f32_ref(const Args& a, Range items) noexcept;
void f32_amx(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention_split
