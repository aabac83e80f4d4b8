// Appends new keys and values to a decoder's caches of f16.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/half.h"
#include "kernels/isa.h"

namespace sotto::kernels::kv_append_f16 {

// k_cache[past + i, c] = k[i, c] and v_cache[past + i, c] = v[i, c] for i < rows, c < cols, rounded
// as to_f16 does.
struct Args {
  const float* k;  // [rows, cols], row stride ldk
  std::size_t ldk;
  const float* v;  // [rows, cols], row stride ldv
  std::size_t ldv;
  F16* k_cache;  // [capacity, cols], contiguous, past + rows <= capacity; no overlap with k, v
  F16* v_cache;  // likewise
  std::size_t rows;
  std::size_t cols;
  std::size_t past;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a block of kBlockRows rows of both caches.
inline constexpr std::size_t kBlockRows = 64;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.rows, kBlockRows); }

void f16_ref(const Args& a, Range items) noexcept;
void f16_avx2(const Args& a, Range items) noexcept;
void f16_avx512(const Args& a, Range items) noexcept;
void f16_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f16_ref last; all give the same
// bits except in NaNs.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::kv_append_f16
