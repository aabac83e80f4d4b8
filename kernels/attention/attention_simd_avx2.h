// The vector operations of attention_blocks.h on AVX2.
#pragma once

#include <immintrin.h>

#include "kernels/attention/attention_blocks.h"
#include "kernels/attention/attention_sse.h"

namespace sotto::kernels::attention {
namespace {

struct Simd : Sse {
  using F32 = __m256;
  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kTileRows = 4;
  static constexpr std::size_t kTileVectors = 3;

  static F32 load(const float* p) noexcept { return _mm256_loadu_ps(p); }
  static void store(float* p, F32 x) noexcept { _mm256_storeu_ps(p, x); }
  static F32 load_first(const float* p, std::size_t n) noexcept {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane));
  }
  static F32 load(const F16* p) noexcept {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static F32 load_first(const F16* p, std::size_t n) noexcept {
    F16 first[kLanes] = {};
    for (std::size_t i = 0; i < n; ++i) first[i] = p[i];
    return load(first);
  }
  static F32 zero() noexcept { return _mm256_setzero_ps(); }
  static F32 set(float x) noexcept { return _mm256_set1_ps(x); }
  static float first(F32 x) noexcept { return _mm256_cvtss_f32(x); }
  static F32 add(F32 a, F32 b) noexcept { return _mm256_add_ps(a, b); }
  static F32 sub(F32 a, F32 b) noexcept { return _mm256_sub_ps(a, b); }
  static F32 mul(F32 a, F32 b) noexcept { return _mm256_mul_ps(a, b); }
  static F32 div(F32 a, F32 b) noexcept { return _mm256_div_ps(a, b); }
  static F32 max(F32 a, F32 b) noexcept { return _mm256_max_ps(a, b); }
  static F32 fma(F32 a, F32 b, F32 c) noexcept { return _mm256_fmadd_ps(a, b, c); }
  static F32 keep_from(F32 index, F32 limit, F32 x) noexcept {
    return _mm256_blendv_ps(set(kMinusInfinity), x, _mm256_cmp_ps(index, limit, _CMP_GE_OQ));
  }

  static F32 exp2(F32 x) noexcept {
    const F32 n = _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const F32 r = sub(x, n);
    F32 p = set(kExp2[6]);
    p = fma(p, r, set(kExp2[5]));
    p = fma(p, r, set(kExp2[4]));
    p = fma(p, r, set(kExp2[3]));
    p = fma(p, r, set(kExp2[2]));
    p = fma(p, r, set(kExp2[1]));
    p = fma(p, r, set(kExp2[0]));
    const __m256i power = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
    p = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), power));
    return _mm256_and_ps(p, _mm256_cmp_ps(x, set(kExp2Least), _CMP_GE_OQ));
  }

  static float reduce_add(F32 x) noexcept {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
  }
  static float reduce_max(F32 x) noexcept {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
  }
  static void reduce_add4(F32 a, F32 b, F32 c, F32 d, float* p) noexcept {
    const F32 abcd = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    _mm_storeu_ps(p, _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1)));
  }
};

}  // namespace
}  // namespace sotto::kernels::attention
