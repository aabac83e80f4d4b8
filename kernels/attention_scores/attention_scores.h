// The scores of one attention head, stored: what word timestamps look at. Attention itself never
// stores them.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::attention_scores {

// y[i, j] = scale * sum_d q[i, d] * k[j, d] for i < queries, j < keys, d < head_dim.
//
// Error: at most about (sqrt(head_dim) + 2) * 2^-24 times sum_d |scale * q[i, d] * k[j, d]|.
//
// Cache is float here; attention_scores_f16 has the same arguments with keys of 16 bits.
template <typename Cache>
struct ArgsOf {
  const float* q;  // [queries, head_dim], row stride ldq
  std::size_t ldq;
  const Cache* k;  // [keys, head_dim], row stride ldk
  std::size_t ldk;
  float* y;  // [queries, keys], contiguous; must not overlap q or k
  std::size_t queries;
  std::size_t keys;
  std::size_t head_dim;  // 1 .. attention::kMaxHeadDim; any value
  float scale;
};
template <typename Cache>
using FnOf = void (*)(const ArgsOf<Cache>&, Range) noexcept;

using Args = ArgsOf<float>;
using Fn = FnOf<float>;

// A work item is a block of kBlockKeys keys: 32 KiB of them for heads of 64, which stay in the
// first-level cache while the queries pass.
inline constexpr std::size_t kBlockKeys = 128;
template <typename Cache>
constexpr std::size_t work_items(const ArgsOf<Cache>& a) noexcept {
  return ceil_div(a.keys, kBlockKeys);
}

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// No AVX-512 form: a head is four of its registers wide, so that most of the time went into adding
// up their lanes (100 queries, 1500 keys of 64, Sapphire Rapids: 614 us, AVX2 449 us).

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention_scores
