// The parts of a Simd of quantize_q8_form.h that take four blocks' numbers in 128 bits (x86).
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::quantize_q8 {
namespace {

// The scale and its inverse of each of four blocks from their largest magnitudes; false if one of
// those is not finite, its scale then being NaN.
[[gnu::always_inline]] inline bool four_scales(__m128 largest, float* scale, float* inverse) {
  const __m128 most = _mm_set1_ps(127.0F);
  const __m128 used = _mm_cmp_ps(largest, _mm_set1_ps(kSmallest), _CMP_NLT_UQ);
  // 0 * infinity and 0 * NaN are NaN, and nothing changes a finite number.
  const __m128 nan = _mm_mul_ps(largest, _mm_setzero_ps());
  const __m128 quotient = _mm_add_ps(_mm_div_ps(largest, most), nan);
  _mm_store_ps(scale, _mm_and_ps(quotient, used));
  _mm_store_ps(inverse, _mm_and_ps(_mm_div_ps(most, largest), used));
  return _mm_movemask_ps(_mm_cmp_ps(nan, nan, _CMP_UNORD_Q)) == 0;
}

}  // namespace
}  // namespace sotto::kernels::quantize_q8
