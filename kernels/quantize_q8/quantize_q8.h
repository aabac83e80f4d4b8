// Activations in 8 bits, block by block: what the products with 8- and 4-bit weights multiply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::quantize_q8 {

// Terms that share a scale: those of GGUF's Q8_0 and Q4_0.
inline constexpr std::size_t kTerms = 32;

// kTerms numbers, x[p] ~ scale * q[p]. `offset` is -128 * sum(q): what a product with weights that
// are stored 128 too large starts from.
struct Block {
  float scale;
  std::int32_t offset;
  std::int8_t q[kTerms];  // -127 to 127
};
static_assert(sizeof(Block) == 40);

// Blocks whose largest magnitude is smaller count as zeros, so that no quotient overflows.
inline constexpr float kSmallest = 0x1p-100F;

// y[i,b] from x[i, 32 b .. 32 b + 31], with a the largest magnitude of them:
//   scale = a / 127, q[p] = round(x[p] * (127 / a)), half to even;
//   all zero if a < kSmallest;
//   scale NaN and the rest zero if one of the numbers is not finite.
// Every operation is that of a float, rounded once: all variants give the same bits.
struct Args {
  const float* x;   // [m, k], row stride ldx
  std::size_t ldx;  // rows may overlap
  Block* y;         // [m, k / kTerms], row stride ldy blocks; must not overlap x
  std::size_t ldy;  // >= k / kTerms
  std::size_t m;    // > 0
  std::size_t k;    // > 0, a multiple of kTerms
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is kItemRows rows.
inline constexpr std::size_t kItemRows = 21;
constexpr std::size_t work_items(const Args& a) noexcept { return ceil_div(a.m, kItemRows); }

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::quantize_q8
