// The parts of a Simd of quantize_q8_form.h that take four blocks' numbers in 128 bits (x86).
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::quantize_q8 {
namespace {

struct FourSse {
  using Four = __m128;
  using FourInts = __m128i;

  [[gnu::always_inline]] static inline bool scales(Four largest, Four& scale, Four& inverse) {
    const Four most = _mm_set1_ps(127.0F);
    const Four used = _mm_cmp_ps(largest, _mm_set1_ps(kSmallest), _CMP_NLT_UQ);
    // 0 * infinity and 0 * NaN are NaN, and nothing changes a finite number.
    const Four nan = _mm_mul_ps(largest, _mm_setzero_ps());
    scale = _mm_and_ps(_mm_add_ps(_mm_div_ps(largest, most), nan), used);
    inverse = _mm_and_ps(_mm_div_ps(most, largest), used);
    return _mm_movemask_ps(_mm_cmp_ps(nan, nan, _CMP_UNORD_Q)) == 0;
  }
  [[gnu::always_inline]] static inline void store_four(float* to, Four v) { _mm_store_ps(to, v); }
  [[gnu::always_inline]] static inline void store_heads(Block* const (&y)[4], Four scale,
                                                        FourInts sum) {
    const FourInts offset = _mm_sub_epi32(_mm_setzero_si128(), _mm_slli_epi32(sum, 7));
    const FourInts low = _mm_unpacklo_epi32(_mm_castps_si128(scale), offset);
    const FourInts high = _mm_unpackhi_epi32(_mm_castps_si128(scale), offset);
    store_head(*y[0], *y[1], low);
    store_head(*y[2], *y[3], high);
  }

 private:
  [[gnu::always_inline]] static inline void store_head(Block& first, Block& second, __m128i v) {
    static_assert(offsetof(Block, scale) == 0 && offsetof(Block, offset) == 4);
    _mm_storel_pi(reinterpret_cast<__m64*>(&first), _mm_castsi128_ps(v));
    _mm_storeh_pi(reinterpret_cast<__m64*>(&second), _mm_castsi128_ps(v));
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_q8
