// quantize_q8 over any instruction set; a variant defines Simd first:
//   Floats, Ints      registers of kLanes floats and 32-bit integers; kLanes divides kTerms
//   Four              four floats: one number of each of four blocks
//   load, set, mul
//   magnitude(v)      the bits of |v|: as integers they are in the order of the numbers, with
//                     infinity and NaN above all others
//   round(v)          to the nearest integers, half to even
//   max, add          of Ints
//   max_of_four(m)    the largest lane of each of m[0..3], as floats of those bits
//   sum_of_four(m, out)
//   scales(largest, inverse), see there
//   store(q, ints)    kTerms integers of -128 to 127 as bytes
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
  alignas(16) float scale[kFour], inverse[kFour];
  const bool finite = Simd::scales(Simd::max_of_four(most), scale, inverse);

  Simd::Ints total[kFour];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kFour; ++i) {
    const float* from = x + at(i) * kTerms;
    const Simd::Floats factor = Simd::set(inverse[i]);
    Simd::Ints q[kVecs];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVecs; ++v) {
      q[v] = Simd::round(Simd::mul(Simd::load(from + v * Simd::kLanes), factor));
    }
    Simd::store(y[at(i)].q, q);
    total[i] = q[0];
#pragma GCC unroll 8
    for (std::size_t v = 1; v < kVecs; ++v) total[i] = Simd::add(total[i], q[v]);
  }
  alignas(16) std::int32_t sum[kFour];
  Simd::sum_of_four(total, sum);
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kFour; ++i) {
    y[at(i)].scale = scale[i];
    // Unsigned: of numbers that are not finite the sum may be anything.
    y[at(i)].offset = static_cast<std::int32_t>(0U - 128U * static_cast<std::uint32_t>(sum[i]));
  }
  if (finite) [[likely]]
    return;
  for (std::size_t i = 0; i < count; ++i) {
    if (scale[i] == scale[i]) continue;
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
