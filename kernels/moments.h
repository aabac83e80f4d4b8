// Mean and spread of a run of floats that fits L1: what layer_norm and group_norm share.
#pragma once

#include "kernels/lanes.h"

namespace sotto::kernels {
namespace {

// Sums of d[i] = x[i] - centre, where centre is the mean but for rounding. The exact mean is then
// centre + sum / count, and the sum of squared deviations from it squares - sum^2 / count.
struct Deviations {
  float centre;
  float sum;
  float squares;
};

// Two passes over x[0, count), count > 0: one-pass moments cancel where |mean| is many standard
// deviations. The sum of d, one addition more, makes up for the rounding of the first pass: without
// it a row of equal values v is off by rounding errors of v, which the division by sqrt(eps) makes
// large. Four sums side by side hide the latency of the addition.
template <class L>
SOTTO_INLINE Deviations deviations(const float* x, std::size_t count) noexcept {
  using V = typename L::V;
  constexpr std::size_t kStep = L::kCount;
  const std::size_t quads = count - count % (4 * kStep);
  const std::size_t body = count - count % kStep;
  const std::size_t tail = count - body;

  V a0(0.0F), a1(0.0F), a2(0.0F), a3(0.0F);
  std::size_t i = 0;
  for (; i < quads; i += 4 * kStep) {
    a0 += V::load_unaligned(x + i);
    a1 += V::load_unaligned(x + i + kStep);
    a2 += V::load_unaligned(x + i + 2 * kStep);
    a3 += V::load_unaligned(x + i + 3 * kStep);
  }
  for (; i < body; i += kStep) a0 += V::load_unaligned(x + i);
  if (tail != 0) a1 += L::load_first(x + body, tail);
  const float centre = L::sum((a0 + a1) + (a2 + a3)) / static_cast<float>(count);

  const V mean(centre);
  V s0(0.0F), s1(0.0F), s2(0.0F), s3(0.0F);
  a0 = a1 = a2 = a3 = V(0.0F);
  const auto take = [mean](V values, V & sum, V & squares) __attribute__((always_inline)) {
    const V d = values - mean;
    sum += d;
    squares = L::mul_add(d, d, squares);
  };
  for (i = 0; i < quads; i += 4 * kStep) {
    take(V::load_unaligned(x + i), a0, s0);
    take(V::load_unaligned(x + i + kStep), a1, s1);
    take(V::load_unaligned(x + i + 2 * kStep), a2, s2);
    take(V::load_unaligned(x + i + 3 * kStep), a3, s3);
  }
  for (; i < body; i += kStep) take(V::load_unaligned(x + i), a0, s0);
  if (tail != 0) {
    const V d = L::keep_first(L::load_first(x + body, tail) - mean, tail);
    a1 += d;
    s1 = L::mul_add(d, d, s1);
  }
  return {centre, L::sum((a0 + a1) + (a2 + a3)), L::sum((s0 + s1) + (s2 + s3))};
}

// y[i] = ((x[i] - centre) * scale - shift) * gamma[i] + beta[i]; beta may be null, y may be x.
template <class L, bool kBeta>
SOTTO_INLINE void scale_row(const float* x, const float* gamma, const float* beta, float* y,
                            std::size_t count, float centre, float scale, float shift) noexcept {
  using V = typename L::V;
  constexpr std::size_t kStep = L::kCount;
  const V mean(centre), factor(scale), offset(-shift);
  std::size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    const V n = L::mul_add(V::load_unaligned(x + i) - mean, factor, offset);
    const V g = V::load_unaligned(gamma + i);
    const V v = kBeta ? L::mul_add(n, g, V::load_unaligned(beta + i)) : n * g;
    v.store_unaligned(y + i);
  }
  if (i < count) {
    const std::size_t tail = count - i;
    const V n = L::mul_add(L::load_first(x + i, tail) - mean, factor, offset);
    const V g = L::load_first(gamma + i, tail);
    L::store_first(y + i, kBeta ? L::mul_add(n, g, L::load_first(beta + i, tail)) : n * g, tail);
  }
}

}  // namespace
}  // namespace sotto::kernels
