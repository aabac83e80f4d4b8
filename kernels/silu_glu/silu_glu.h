// Gated linear unit with a SiLU gate (SwiGLU).
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::silu_glu {

// y[r,c] = value[r,c] * gate[r,c] / (1 + exp(-gate[r,c])); Shazeer, GLU Variants, 2020. The caller
// decides which half of a projection is the value: the first in Moonshine, the second in Kyutai
// STT.
struct Args {
  const float* value;  // [rows, cols], row stride ldx
  const float* gate;   // [rows, cols], row stride ldx
  std::size_t ldx;
  float* y;  // [rows, cols], row stride ldy; must not overlap value or gate
  std::size_t ldy;
  std::size_t rows;
  std::size_t cols;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a row.
constexpr std::size_t work_items(const Args& a) noexcept { return a.rows; }

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::silu_glu
