// Appends new keys and values to a decoder's caches.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::kv_append {

// k_cache[past + i, c] = k[i, c] and v_cache[past + i, c] = v[i, c] for i < rows, c < cols.
struct Args {
  const float* k;  // [rows, cols], row stride ldk
  std::size_t ldk;
  const float* v;  // [rows, cols], row stride ldv
  std::size_t ldv;
  float* k_cache;  // [capacity, cols], contiguous, past + rows <= capacity; no overlap with k, v
  float* v_cache;  // likewise
  std::size_t rows;
  std::size_t cols;
  std::size_t past;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a block of kBlockRows rows of both caches.
inline constexpr std::size_t kBlockRows = 64;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.rows, kBlockRows); }

void f32_ref(const Args& a, Range items) noexcept;

// memcpy of a row is as wide as the machine already: loops of AVX2 or AVX-512 copies differ from it
// by less than the noise (224 rows of 384, Zen 4: 10.0 us, 9.2-10.7, 10.0-11.3), so no variants.

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::kv_append
