// The vector operations of attention_blocks.h on AVX-512.
#pragma once

#include <immintrin.h>

#include "kernels/attention/attention_blocks.h"
#include "kernels/attention/attention_sse.h"

namespace sotto::kernels::attention {
namespace {

// All lanes. The forms without a mask of some intrinsics make GCC 12 warn of an uninitialised
// operand inside its own header; with a full mask it emits the same instruction.
constexpr __mmask16 kAll = 0xFFFF;

struct Simd : Sse {
  using F32 = __m512;
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kTileRows = 8;
  static constexpr std::size_t kTileVectors = 3;

  static F32 load(const float* p) noexcept { return _mm512_loadu_ps(p); }
  static void store(float* p, F32 x) noexcept { _mm512_storeu_ps(p, x); }
  static F32 load_first(const float* p, std::size_t n) noexcept {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << n) - 1U), p);
  }
  static F32 load(const F16* p) noexcept {
    return _mm512_maskz_cvtph_ps(kAll, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static F32 load_first(const F16* p, std::size_t n) noexcept {
    return _mm512_maskz_cvtph_ps(
        kAll, _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1U << n) - 1U), p));
  }
  static F32 zero() noexcept { return _mm512_setzero_ps(); }
  static F32 set(float x) noexcept { return _mm512_set1_ps(x); }
  static float first(F32 x) noexcept { return _mm512_cvtss_f32(x); }
  static F32 add(F32 a, F32 b) noexcept { return _mm512_add_ps(a, b); }
  static F32 sub(F32 a, F32 b) noexcept { return _mm512_sub_ps(a, b); }
  static F32 mul(F32 a, F32 b) noexcept { return _mm512_mul_ps(a, b); }
  static F32 div(F32 a, F32 b) noexcept { return _mm512_div_ps(a, b); }
  static F32 max(F32 a, F32 b) noexcept { return _mm512_maskz_max_ps(kAll, a, b); }
  static F32 fma(F32 a, F32 b, F32 c) noexcept { return _mm512_fmadd_ps(a, b, c); }
  static F32 keep_from(F32 index, F32 limit, F32 x) noexcept {
    const __mmask16 keep = _mm512_cmp_ps_mask(index, limit, _CMP_GE_OQ);
    return _mm512_mask_mov_ps(set(kMinusInfinity), keep, x);
  }

  static F32 exp2(F32 x) noexcept {
    const F32 n =
        _mm512_maskz_roundscale_ps(kAll, x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const F32 r = sub(x, n);
    F32 p = set(kExp2[6]);
    p = fma(p, r, set(kExp2[5]));
    p = fma(p, r, set(kExp2[4]));
    p = fma(p, r, set(kExp2[3]));
    p = fma(p, r, set(kExp2[2]));
    p = fma(p, r, set(kExp2[1]));
    p = fma(p, r, set(kExp2[0]));
    const __mmask16 normal = _mm512_cmp_ps_mask(x, set(kExp2Least), _CMP_GE_OQ);
    return _mm512_maskz_scalef_ps(normal, p, n);
  }

  static float reduce_add(F32 x) noexcept {
    const __m256 half = halve(x);
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
  }
  static float reduce_max(F32 x) noexcept {
    const __m256 half = _mm256_max_ps(lower(x), upper(x));
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
  }
  static void reduce_add4(F32 a, F32 b, F32 c, F32 d, float* p) noexcept {
    const __m256 ab = _mm256_hadd_ps(halve(a), halve(b));
    const __m256 cd = _mm256_hadd_ps(halve(c), halve(d));
    const __m256 abcd = _mm256_hadd_ps(ab, cd);
    _mm_storeu_ps(p, _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1)));
  }

 private:
  static __m256 lower(F32 x) noexcept { return _mm512_maskz_extractf32x8_ps(0xFF, x, 0); }
  static __m256 upper(F32 x) noexcept { return _mm512_maskz_extractf32x8_ps(0xFF, x, 1); }
  static __m256 halve(F32 x) noexcept { return _mm256_add_ps(lower(x), upper(x)); }
};

}  // namespace
}  // namespace sotto::kernels::attention
