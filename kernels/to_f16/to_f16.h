// Rounds a matrix to f16: what a product wrote becomes a cache.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/half.h"
#include "kernels/isa.h"

namespace sotto::kernels::to_f16 {

// y[r, c] = x[r, c] rounded to the nearest f16, ties to even; from 65520 on infinity, a NaN stays
// one.
struct Args {
  const float* x;  // [rows, cols], row stride ldx
  std::size_t ldx;
  F16* y;  // [rows, cols], row stride ldy >= cols; must not overlap x
  std::size_t ldy;
  std::size_t rows;
  std::size_t cols;  // any value; nothing between the rows is read or written
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a block of kBlockRows rows.
inline constexpr std::size_t kBlockRows = 64;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.rows, kBlockRows); }

void f16_ref(const Args& a, Range items) noexcept;
void f16_avx2(const Args& a, Range items) noexcept;
void f16_avx512(const Args& a, Range items) noexcept;
void f16_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f16_ref last; all give the same
// bits except in NaNs.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::to_f16
