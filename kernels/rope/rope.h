// Rotary position embedding, interleaved pairs, on the first dimensions of every head.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::rope {

// For every row r, head h and pair i < rotary_dim / 2, with c = h * head_dim + 2*i, p = past + r:
//   (x[r,c], x[r,c+1]) <- (x[r,c] cos[p,i] - x[r,c+1] sin[p,i],
//                          x[r,c+1] cos[p,i] + x[r,c] sin[p,i])
// in place; dimensions from rotary_dim on stay. Su et al., RoFormer, 2021, eq. 34, with the pairs
// adjacent (GPT-J, GLM, Moonshine).
struct Args {
  float* x;  // [rows, heads * head_dim], row stride ldx
  std::size_t ldx;
  const float* cos;  // [positions, rotary_dim / 2], past + rows <= positions
  const float* sin;  // likewise
  std::size_t rows;
  std::size_t heads;
  std::size_t head_dim;
  std::size_t rotary_dim;  // even, <= head_dim
  std::size_t past;        // the position of row 0
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a block of kBlockRows rows, all heads.
inline constexpr std::size_t kBlockRows = 16;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.rows, kBlockRows); }

// Fills cos and sin, each [positions, rotary_dim / 2]: cos(p * base^(-2i / rotary_dim)), computed
// as transformers does: exponent, power and frequency rounded to f32, the angle a product in f32.
void fill_tables(std::size_t positions, std::size_t rotary_dim, double base, float* cos,
                 float* sin) noexcept;

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::rope
