// The vector operations of quantize_kv_form.h on AVX2.
#pragma once

#include <cstdint>

#include "kernels/attention/attention_simd_avx2.h"

namespace sotto::kernels::quantize_kv {
namespace {

struct Simd : attention::Simd {
  using I32 = __m256i;
  using attention::Simd::add;
  using attention::Simd::max;
  using attention::Simd::store;

  static I32 zero_ints() noexcept { return _mm256_setzero_si256(); }
  static I32 add(I32 a, I32 b) noexcept { return _mm256_add_epi32(a, b); }
  static I32 max(I32 a, I32 b) noexcept { return _mm256_max_epi32(a, b); }
  static void store(void* p, I32 x) noexcept { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
  static I32 magnitude(F32 x) noexcept {
    return _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7FFFFFFF));
  }
  static std::int32_t most(I32 x) noexcept {
    __m128i m = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0x4E));
    return _mm_cvtsi128_si32(_mm_max_epi32(m, _mm_shuffle_epi32(m, 0xB1)));
  }
  static I32 to_ints(F32 x) noexcept { return _mm256_cvtps_epi32(x); }
  static F32 to_float(I32 x) noexcept { return _mm256_cvtepi32_ps(x); }
  static void store_bytes(std::int8_t* p, I32 x) noexcept {
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words, words));
  }
  static I32 pack4(I32 a, I32 b, I32 c, I32 d) noexcept {
    const I32 byte = _mm256_set1_epi32(0xFF);
    const I32 ab =
        _mm256_or_si256(_mm256_and_si256(a, byte), _mm256_slli_epi32(_mm256_and_si256(b, byte), 8));
    const I32 cd =
        _mm256_or_si256(_mm256_slli_epi32(_mm256_and_si256(c, byte), 16), _mm256_slli_epi32(d, 24));
    return _mm256_or_si256(ab, cd);
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_kv
