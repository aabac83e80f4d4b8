// The vector operations of quantize_kv_form.h on AVX-512.
#pragma once

#include <cstdint>

#include "kernels/attention/attention_simd_avx512.h"

namespace sotto::kernels::quantize_kv {
namespace {

// Intrinsics masked by ones where those without a mask make GCC 12 warn (see attention's).
struct Simd : attention::Simd {
  using I32 = __m512i;
  using attention::Simd::add;
  using attention::Simd::max;
  using attention::Simd::store;

  static I32 zero_ints() noexcept { return _mm512_setzero_si512(); }
  static I32 add(I32 a, I32 b) noexcept { return _mm512_add_epi32(a, b); }
  static I32 max(I32 a, I32 b) noexcept { return _mm512_maskz_max_epi32(0xFFFF, a, b); }
  static void store(void* p, I32 x) noexcept { _mm512_storeu_si512(p, x); }
  static I32 magnitude(F32 x) noexcept {
    return _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7FFFFFFF));
  }
  static std::int32_t most(I32 x) noexcept {
    const __m256i half = _mm256_max_epi32(_mm512_maskz_extracti64x4_epi64(0xF, x, 0),
                                          _mm512_maskz_extracti64x4_epi64(0xF, x, 1));
    __m128i m = _mm_max_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0x4E));
    return _mm_cvtsi128_si32(_mm_max_epi32(m, _mm_shuffle_epi32(m, 0xB1)));
  }
  static I32 to_ints(F32 x) noexcept { return _mm512_maskz_cvtps_epi32(0xFFFF, x); }
  static F32 to_float(I32 x) noexcept { return _mm512_maskz_cvtepi32_ps(0xFFFF, x); }
  static void store_bytes(std::int8_t* p, I32 x) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_maskz_cvtepi32_epi8(0xFFFF, x));
  }
  static I32 pack4(I32 a, I32 b, I32 c, I32 d) noexcept {
    const I32 byte = _mm512_set1_epi32(0xFF);
    // (a & byte) | (b & byte) << 8, and so on: 0xEA is (x & y) | z.
    I32 low = _mm512_and_si512(a, byte);
    low = _mm512_ternarylogic_epi32(shift<8>(b), _mm512_set1_epi32(0xFF00), low, 0xEA);
    low = _mm512_ternarylogic_epi32(shift<16>(c), _mm512_set1_epi32(0xFF0000), low, 0xEA);
    return _mm512_or_si512(low, shift<24>(d));
  }

 private:
  template <unsigned kBits>
  static I32 shift(I32 x) noexcept {
    return _mm512_maskz_slli_epi32(0xFFFF, x, kBits);
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_kv
