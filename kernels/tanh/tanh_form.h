// The arithmetic that the instruction sets share.
#pragma once

#include "kernels/lanes.h"
#include "kernels/tanh/tanh.h"

namespace sotto::kernels::tanh {
namespace {

// With e = exp(2|x|) - 1, tanh|x| = e / (e + 2), which damps the error of e where e is large. A
// single quotient of polynomials in x^2 needs a third fewer instructions but rounds to 5.6 ulp.
//
// e = 2^n * (exp(f) - 1) + (2^n - 1), n = round(2|x| log2 e), f = 2|x| - n ln 2, and
// exp(f) - 1 = f + f^2 * kTail(f): by Remez exchange on its relative error, 1.4e-8.
constexpr float kTail[] = {4.999999814e-1F, 1.666654318e-1F, 4.166720182e-2F, 8.366580462e-3F,
                           1.388250771e-3F};
constexpr float kLog2E = 1.44269504F;
constexpr float kLn2High = 6.93359375e-1F;  // nine bits: its product with n is exact
constexpr float kLn2Low = -2.12194440e-4F;  // ln 2 - kLn2High
constexpr float kLargest = 9.02F;           // past it a float cannot tell tanh from 1
constexpr float kRound = 12582912.0F;       // 1.5 * 2^23: adding it rounds to an integer

template <class L>
struct Tanh {
  using V = typename L::V;
  static SOTTO_INLINE V of(V x) noexcept {
    const V a = xsimd::min(V(kLargest), xsimd::abs(x));
    const V z = a + a;
    const V r = L::mul_add(z, V(kLog2E), V(kRound));
    const V n = r - V(kRound);
    const V f = L::neg_mul_add(n, V(kLn2Low), L::neg_mul_add(n, V(kLn2High), z));
    const V q = L::mul_add(f * f, polynomial<L>(kTail, f), f);
    const V s = L::scale(V(1.0F), r);
    const V e = L::mul_add(q, s, s - V(1.0F));
    return L::divide(e, e + V(2.0F)) | (x & V(-0.0F));
  }
};

template <class L>
SOTTO_INLINE void run(const Args& a, Range items) noexcept {
  const std::size_t begin = items.begin * kBlock;
  const std::size_t end = items.end * kBlock < a.count ? items.end * kBlock : a.count;
  if (begin < end) map<L, Tanh<L>>(a.x + begin, a.y + begin, end - begin);
}

}  // namespace
}  // namespace sotto::kernels::tanh
