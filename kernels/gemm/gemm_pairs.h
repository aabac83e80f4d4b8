// Products in bfloat16: x rounded to pairs, which meet the pairs of the weights. A pair is as wide
// as a float and is passed as one, so that the products of gemm and gemv serve with another
// Multiply. Include gemm_simd_avx512.h first.
#pragma once

#include "kernels/gemm/gemm_form.h"

namespace sotto::kernels::gemm {
namespace {

struct Pairs {
  // c + the products of the second and of the first of the pairs.
  [[gnu::always_inline]] static inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
  }
};

// Terms [0, terms) of rows of x, rounded, each row filled up to a pair by a zero.
[[gnu::always_inline]] inline void round_to_pairs(const float* x, std::size_t ldx, std::size_t rows,
                                                  std::size_t terms, float* to,
                                                  std::size_t stride) {
  for (std::size_t r = 0; r < rows; ++r, x += ldx, to += stride) {
    std::size_t i = 0;
    for (; i + 32 <= terms; i += 32) {
      const auto pairs = _mm512_cvtne2ps_pbh(Simd::load(x + i + 16), Simd::load(x + i));
      _mm512_storeu_si512(to + i / 2, (__m512i)pairs);
    }
    if (i == terms) continue;
    const std::size_t left = terms - i;
    const Vec first = Simd::load_first(x + i, smaller(left, 16));
    const Vec second = left > 16 ? Simd::load_first(x + i + 16, left - 16) : Simd::set(0.0F);
    const auto pairs = (__m512)_mm512_cvtne2ps_pbh(second, first);
    Simd::store_first(to + i / 2, pairs, ceil_div(left, 2));
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm
