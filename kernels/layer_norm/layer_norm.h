// Layer normalisation over the last dimension.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::layer_norm {

// y[r,c] = (x[r,c] - mean(x[r])) / sqrt(var(x[r]) + eps) * gamma[c] + beta[c]
// with the biased variance, as torch.nn.LayerNorm.
struct Args {
  const float* x;  // [rows, cols], row stride ldx
  std::size_t ldx;
  const float* gamma;  // [cols]
  const float* beta;   // [cols] or null (no offset)
  float* y;  // [rows, cols], row stride ldy; may be x itself, must not overlap it otherwise
  std::size_t ldy;
  std::size_t rows;
  std::size_t cols;  // > 0; any value
  float eps;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a block of kBlockRows rows.
inline constexpr std::size_t kBlockRows = 16;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.rows, kBlockRows); }

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::layer_norm
