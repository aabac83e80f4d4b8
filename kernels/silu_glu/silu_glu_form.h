// The arithmetic that the instruction sets share.
#pragma once

#include "kernels/lanes.h"
#include "kernels/silu_glu/silu_glu.h"

namespace sotto::kernels::silu_glu {
namespace {

// exp(z) = 2^n * 2^f, n = round(z log2 e), f in [-1/2, 1/2] to twice the precision of z log2 e.
// kExp2 by Remez exchange on the relative error: 2e-9.
constexpr float kExp2[] = {1.0F,
                           6.931472029e-1F,
                           2.402264791e-1F,
                           5.550332408e-2F,
                           9.618437573e-3F,
                           1.339890063e-3F,
                           1.535335033e-4F};
constexpr float kLog2EHigh = 1.44269502e+0F;
constexpr float kLog2ELow = 1.92596299e-8F;
constexpr float kLargest = 87.0F;      // exp(+-87) is a normal number
constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer

// gate / (1 + exp(-gate)) * value. At gates under -87 it stays at -87 / (1 + exp(87)) = -1.4e-36.
template <class L>
SOTTO_INLINE typename L::V gated(typename L::V value, typename L::V gate) noexcept {
  using V = typename L::V;
  const V g = xsimd::max(V(-kLargest), gate);
  const V minus_z = xsimd::min(V(kLargest), g);
  const V r = L::neg_mul_add(minus_z, V(kLog2EHigh), V(kRound));
  const V n = r - V(kRound);
  V f = L::neg_mul_add(minus_z, V(kLog2EHigh), -n);
  f = L::neg_mul_add(minus_z, V(kLog2ELow), f);
  const V e = L::scale(polynomial<L>(kExp2, f), r);
  return value * L::divide(g, V(1.0F) + e);
}

template <class L>
SOTTO_INLINE void run(const Args& a, Range items) noexcept {
  using V = typename L::V;
  constexpr std::size_t kStep = L::kCount;
  for (std::size_t row = items.begin; row < items.end; ++row) {
    const float* value = a.value + row * a.ldx;
    const float* gate = a.gate + row * a.ldx;
    float* y = a.y + row * a.ldy;
    std::size_t c = 0;
    for (; c + 2 * kStep <= a.cols; c += 2 * kStep) {
      const V y0 = gated<L>(V::load_unaligned(value + c), V::load_unaligned(gate + c));
      const V y1 =
          gated<L>(V::load_unaligned(value + c + kStep), V::load_unaligned(gate + c + kStep));
      y0.store_unaligned(y + c);
      y1.store_unaligned(y + c + kStep);
    }
    for (; c + kStep <= a.cols; c += kStep) {
      gated<L>(V::load_unaligned(value + c), V::load_unaligned(gate + c)).store_unaligned(y + c);
    }
    if (c < a.cols) {
      const std::size_t tail = a.cols - c;
      L::store_first(y + c, gated<L>(L::load_first(value + c, tail), L::load_first(gate + c, tail)),
                     tail);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::silu_glu
