// quantize_q8 over any instruction set; a variant defines Simd first:
//   Floats, Ints      registers of kLanes floats and 32-bit integers; kLanes divides kTerms
//   load, set, mul
//   magnitude(v)      the bits of |v|: as integers they are in the order of the numbers, with
//                     infinity and NaN above all others
//   round(v)          to the nearest integers, half to even
//   max, add          of Ints
//   Four, FourInts    one number of each of four blocks
//   max_of_four(m)    the largest lane of each of m[0..3], as floats of those bits
//   sum_of_four(m)    the sum of the lanes of each
//   scales(largest, scale, inverse)
//                     the scale of each of four blocks and its inverse, from the largest
//                     magnitudes; false if one of those is not finite, its scale then being NaN
//   store_four        of a Four, aligned
//   store_heads(y, scale, sum)
//                     to the blocks y[0..3], with the offsets of these sums, modulo 2^32
//   store_two(q, r, a, b)
//                     kTerms integers each of -128 to 127, a to the bytes q and b to r
#pragma once

#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::quantize_q8 {
namespace {

constexpr std::size_t kVecs = kTerms / Simd::kLanes;
constexpr std::size_t kFour = 4;  // blocks at a time: they share the steps across lanes

// Blocks x[0..count) of a row, 0 < count <= kFour. Where there are fewer, the last one is computed
// again instead.
[[gnu::always_inline]] inline void quantize(const float* x, Block* y, std::size_t count) {
  const auto at = [&](std::size_t i) __attribute__((always_inline)) {
    return i < count ? i : count - 1;
  };
  Simd::Ints most[kFour];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kFour; ++i) {
    const float* from = x + at(i) * kTerms;
    most[i] = Simd::magnitude(Simd::load(from));
#pragma GCC unroll 8
    for (std::size_t v = 1; v < kVecs; ++v) {
      most[i] = Simd::max(most[i], Simd::magnitude(Simd::load(from + v * Simd::kLanes)));
    }
  }
  Simd::Four scale, inverse;
  const bool finite = Simd::scales(Simd::max_of_four(most), scale, inverse);
  alignas(16) float factors[kFour];
  Simd::store_four(factors, inverse);
  // They are to be loaded in all lanes: g++ 12 would rather shuffle them there, on the one port
  // that has most to do already.
  asm volatile("" : "+m"(factors));

  Simd::Ints total[kFour];
#pragma GCC unroll 2
  for (std::size_t i = 0; i < kFour; i += 2) {
    Simd::Ints q[2][kVecs];
#pragma GCC unroll 2
    for (std::size_t h = 0; h < 2; ++h) {
      const float* from = x + at(i + h) * kTerms;
      const Simd::Floats factor = Simd::set(factors[i + h]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVecs; ++v) {
        q[h][v] = Simd::round(Simd::mul(Simd::load(from + v * Simd::kLanes), factor));
        total[i + h] = v == 0 ? q[h][0] : Simd::add(total[i + h], q[h][v]);
      }
    }
    Simd::store_two(y[at(i)].q, y[at(i + 1)].q, q[0], q[1]);
  }
  Block* const to[kFour] = {y, y + at(1), y + at(2), y + at(3)};
  Simd::store_heads(to, scale, Simd::sum_of_four(total));
  if (finite) [[likely]]
    return;
  for (std::size_t i = 0; i < count; ++i) {
    if (y[i].scale == y[i].scale) continue;
    y[i].offset = 0;
    for (std::size_t p = 0; p < kTerms; ++p) y[i].q[p] = 0;
  }
}

[[gnu::always_inline]] inline void run(const Args& a, Range items) {
  const std::size_t blocks = a.k / kTerms;
  const std::size_t end = items.end * kItemRows < a.m ? items.end * kItemRows : a.m;
  for (std::size_t i = items.begin * kItemRows; i < end; ++i) {
    for (std::size_t b = 0; b < blocks; b += kFour) {
      const std::size_t left = blocks - b;
      const float* x = a.x + i * a.ldx + b * kTerms;
      Block* y = a.y + i * a.ldy + b;
      left < kFour ? quantize(x, y, left) : quantize(x, y, kFour);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::quantize_q8
