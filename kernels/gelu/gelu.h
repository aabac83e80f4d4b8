// The exact (erf) Gaussian error linear unit.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::gelu {

// y[i] = x[i] * (1 + erf(x[i] / sqrt(2))) / 2; Hendrycks and Gimpel, 2016.
struct Args {
  const float* x;  // [count]
  float* y;        // [count]; may be x itself, must not overlap it otherwise
  std::size_t count;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a block of kBlock elements.
inline constexpr std::size_t kBlock = 4096;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.count, kBlock); }

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::gelu
