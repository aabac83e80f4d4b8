// The arithmetic that the instruction sets share.
#pragma once

#include "kernels/gelu/gelu.h"
#include "kernels/lanes.h"

namespace sotto::kernels::gelu {
namespace {

// With a = |x| and the normal distribution's tail h(a) = erfc(a / sqrt(2)) / 2:
//   gelu(x) = max(x, 0) - a * h(a)
// for either sign, without a branch, a division or cancellation. log2(h) is smooth and gets one
// polynomial on the whole range, h = 2^polynomial another. xsimd::erf has both of its branches and
// a division to do and, in 1 + erf, the cancellation.
//
// Coefficients by Remez exchange with the weights that matter here, the error of y: kLogTail on
// [0, 6], weight a * max(h, 1e-6), 1.7e-8 of |x|; past 6, where a * h < 6e-9, it only has to fall.
// kExp2 on [-1/2, 1/2], relative, 9.2e-8.
constexpr float kLogTail[] = {-1.0F,           -1.151106219e+0F, -4.591955902e-1F, -5.254659714e-2F,
                              7.154654815e-3F, -2.214894771e-4F, -1.448158159e-4F, 2.927748335e-5F,
                              -1.870666003e-6F};
constexpr float kExp2[] = {
    1.0F, 6.931469773e-1F, 2.402224176e-1F, 5.550734012e-2F, 9.671533974e-3F, 1.326469728e-3F};
constexpr float kLargest = 10.5F;      // where kLogTail is -125: h stays a normal number
constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer

template <class L>
struct Gelu {
  using V = typename L::V;
  static SOTTO_INLINE V of(V x) noexcept {
    const V a = xsimd::min(V(kLargest), xsimd::abs(x));
    const V t = polynomial<L>(kLogTail, a);
    const V r = t + V(kRound);
    const V h = L::scale(polynomial<L>(kExp2, t - (r - V(kRound))), r);
    return L::neg_mul_add(a, h, xsimd::max(V(0.0F), x));
  }
};

template <class L>
SOTTO_INLINE void run(const Args& a, Range items) noexcept {
  const std::size_t begin = items.begin * kBlock;
  const std::size_t end = items.end * kBlock < a.count ? items.end * kBlock : a.count;
  if (begin < end) map<L, Gelu<L>>(a.x + begin, a.y + begin, end - begin);
}

}  // namespace
}  // namespace sotto::kernels::gelu
