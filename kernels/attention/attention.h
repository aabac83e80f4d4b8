// Scaled dot-product attention that never stores the [queries, keys] matrix.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::attention {

// For every head h, with g = h / (heads / kv_heads) and c = h * head_dim:
//   y[i, c+d] = sum_j softmax_j(scale * sum_d q[i, c+d] * k[j, g*head_dim+d]) * v[j, g*head_dim+d]
// over the keys j < keys, or where causal over j <= past + i. Softmax subtracts the maximum; it is
// computed blockwise with a running maximum and sum (Dao et al., FlashAttention, 2022, alg. 1).
//
// Error: a score near +-S is off by about (sqrt(head_dim) + 3) * S * 2^-24, the output by twice
// that and 2^-22 times max|v|. A key that causality hides from every query of a work item is not
// read.
//
// Cache is float here; attention_f16 has the same arguments with keys and values of 16 bits.
template <typename Cache>
struct ArgsOf {
  const float* q;  // [queries, heads * head_dim], row stride ldq
  std::size_t ldq;
  const Cache* k;  // [keys, kv_heads * head_dim], row stride ldk
  std::size_t ldk;
  const Cache* v;  // [keys, kv_heads * head_dim], row stride ldv
  std::size_t ldv;
  float* y;  // [queries, heads * head_dim], row stride ldy; may be q itself if ldy == ldq, else
             // must not overlap q; must not overlap k or v
  std::size_t ldy;
  std::size_t queries;   // > 0
  std::size_t keys;      // > 0; where causal, past + queries <= keys
  std::size_t heads;     // > 0, a multiple of kv_heads
  std::size_t kv_heads;  // > 0
  std::size_t head_dim;  // 1 .. kMaxHeadDim; any value
  std::size_t past;      // where causal: keys before the first query's own; else unused
  float scale;           // finite
  bool causal;
};
template <typename Cache>
using FnOf = void (*)(const ArgsOf<Cache>&, Range) noexcept;

using Args = ArgsOf<float>;
using Fn = FnOf<float>;

inline constexpr std::size_t kMaxHeadDim = 128;

// A work item is one head's block of kBlockQueries queries. Items are numbered with the blocks
// innermost.
inline constexpr std::size_t kBlockQueries = 48;
template <typename Cache>
constexpr std::size_t work_items(const ArgsOf<Cache>& a) noexcept {
  return a.heads * ceil_div(a.queries, kBlockQueries);
}

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention
