// What attention of packed keys and values has in common, whatever it packs them into: an op that
// packs them in blocks and one that attends to the blocks.
#pragma once

#include <cstddef>

#include "kernels/attention/attention.h"
#include "kernels/isa.h"

namespace sotto::kernels::attention {

// Keys that a block holds, all of one head.
inline constexpr std::size_t kPackedKeys = 64;

constexpr std::size_t round_up(std::size_t n, std::size_t to) noexcept {
  return ceil_div(n, to) * to;
}

// The packing op says what a block is and how many Packed packed_size() of them have.
template <typename Packed>
struct PackArgsOf {
  const float* k;  // [keys, kv_heads * head_dim], row stride ldk
  std::size_t ldk;
  const float* v;  // [keys, kv_heads * head_dim], row stride ldv
  std::size_t ldv;
  Packed* packed;        // packed_size() of them, 64-byte aligned; must not overlap k or v
  std::size_t keys;      // > 0
  std::size_t kv_heads;  // > 0
  std::size_t head_dim;  // 1 .. the op's kMaxHeadDim
};

// A work item is a block. Items are numbered as the blocks lie: [kv_heads, ceil(keys / 64)].
template <typename Packed>
constexpr std::size_t work_items(const PackArgsOf<Packed>& a) noexcept {
  return a.kv_heads * ceil_div(a.keys, kPackedKeys);
}

// The attending op says what it computes of them.
template <typename Packed>
struct PackedArgsOf {
  const float* q;  // [queries, heads * head_dim], row stride ldq
  std::size_t ldq;
  const Packed* packed;  // what the packing op made of all keys and values
  float* y;  // [queries, heads * head_dim], row stride ldy; may be q itself if ldy == ldq, else
             // must not overlap q; must not overlap packed
  std::size_t ldy;
  std::size_t queries;   // > 0
  std::size_t keys;      // > 0
  std::size_t heads;     // > 0, a multiple of kv_heads
  std::size_t kv_heads;  // > 0
  std::size_t head_dim;  // 1 .. the op's kMaxHeadDim
  float scale;           // finite
};

// A work item is one head's block of kBlockQueries queries. Items are numbered with the blocks
// innermost.
template <typename Packed>
constexpr std::size_t work_items(const PackedArgsOf<Packed>& a) noexcept {
  return a.heads * ceil_div(a.queries, kBlockQueries);
}

}  // namespace sotto::kernels::attention
