// Group normalisation with one group: over all channels and all time.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::group_norm {

// y[t,c] = (x[t,c] - mean) / sqrt(var + eps) * gamma[c] + beta[c], mean and biased variance over
// all rows * cols elements, as torch.nn.GroupNorm(1, cols) on [cols, rows].
//
// Two passes: `moments` writes mean and sum of squared deviations of each block of rows into
// `partials`; when all blocks are done, `normalise` combines them, always in block order, and
// scales. Items of one pass may run on any thread, the passes one after the other.
struct Args {
  const float* x;      // [rows, cols], contiguous
  const float* gamma;  // [cols]
  const float* beta;   // [cols]
  double* partials;    // [work_items, 2]: mean, sum of squared deviations from it
  float* y;            // [rows, cols], contiguous; may be x itself, must not overlap it otherwise
  std::size_t rows;    // > 0
  std::size_t cols;    // > 0
  float eps;
};
using Fn = void (*)(const Args&, Range) noexcept;

struct Passes {
  Fn moments;
  Fn normalise;
};

// A work item of either pass is a block of kBlockRows rows.
inline constexpr std::size_t kBlockRows = 64;
constexpr std::size_t work_items(std::size_t rows) noexcept { return ceil_div(rows, kBlockRows); }

void f32_moments_ref(const Args& a, Range items) noexcept;
void f32_normalise_ref(const Args& a, Range items) noexcept;
void f32_moments_avx2(const Args& a, Range items) noexcept;
void f32_normalise_avx2(const Args& a, Range items) noexcept;
void f32_moments_avx512(const Args& a, Range items) noexcept;
void f32_normalise_avx512(const Args& a, Range items) noexcept;
void f32_moments_neon(const Args& a, Range items) noexcept;
void f32_normalise_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, the reference last.
std::span<const Variant<Passes>> variants() noexcept;

}  // namespace sotto::kernels::group_norm
