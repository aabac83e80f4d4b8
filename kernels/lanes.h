// A float register of each instruction set: xsimd's batch, and what its version 8.1 lacks: a fused
// multiply-add on AVX-512, a correctly rounded quotient on NEON, partial loads and stores that
// touch nothing past the end, a sum in a fixed order. Only for files compiled for one instruction
// set; everything here is local to them.
#pragma once

#include <cstddef>
#include <cstdint>

// GCC 12 takes the undefined operand of its own AVX-512 intrinsics for a mistake (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

// For helpers that must not become functions of their own (kernels/README.md).
#define SOTTO_INLINE inline __attribute__((always_inline))

namespace sotto::kernels {
namespace {

// In each: V is the register and kCount its lanes;
//   mul_add(a, b, c)      a * b + c, rounded once
//   neg_mul_add(a, b, c)  c - a * b, rounded once
//   divide(a, b)          a / b, rounded correctly
//   scale(p, r)           p * 2^n for r = 1.5 * 2^23 + n, while the result is a normal number
//   sum(v)                of all lanes, always in the same order
//   load_first(p, n), store_first(p, v, n), keep_first(v, n)
//                         the first n < kCount lanes; a load and keep give 0 in the others

#if defined(__AVX2__) && defined(__FMA__)
struct Avx2Lanes {
  using V = xsimd::batch<float, xsimd::fma3<xsimd::avx2>>;
  static constexpr std::size_t kCount = 8;

  static SOTTO_INLINE V mul_add(V a, V b, V c) noexcept { return _mm256_fmadd_ps(a, b, c); }
  static SOTTO_INLINE V neg_mul_add(V a, V b, V c) noexcept { return _mm256_fnmadd_ps(a, b, c); }
  static SOTTO_INLINE V divide(V a, V b) noexcept { return _mm256_div_ps(a, b); }
  static SOTTO_INLINE V scale(V p, V r) noexcept {
    const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(r), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), exponent));
  }
  static SOTTO_INLINE float sum(V v) noexcept {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    s = _mm_add_ss(s, _mm_movehdup_ps(s));
    return _mm_cvtss_f32(s);
  }
  static SOTTO_INLINE V load_first(const float* p, std::size_t n) noexcept {
    return _mm256_maskload_ps(p, first(n));
  }
  static SOTTO_INLINE void store_first(float* p, V v, std::size_t n) noexcept {
    _mm256_maskstore_ps(p, first(n), v);
  }
  static SOTTO_INLINE V keep_first(V v, std::size_t n) noexcept {
    return _mm256_and_ps(v, _mm256_castsi256_ps(first(n)));
  }

 private:
  static SOTTO_INLINE __m256i first(std::size_t n) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};
#endif

#if defined(__AVX512F__)
struct Avx512Lanes {
  using V = xsimd::batch<float, xsimd::avx512bw>;
  static constexpr std::size_t kCount = 16;

  static SOTTO_INLINE V mul_add(V a, V b, V c) noexcept { return _mm512_fmadd_ps(a, b, c); }
  static SOTTO_INLINE V neg_mul_add(V a, V b, V c) noexcept { return _mm512_fnmadd_ps(a, b, c); }
  static SOTTO_INLINE V divide(V a, V b) noexcept { return _mm512_div_ps(a, b); }
  static SOTTO_INLINE V scale(V p, V r) noexcept {
    const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(r), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), exponent));
  }
  static SOTTO_INLINE float sum(V v) noexcept {
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
    return Avx2Lanes::sum(_mm256_add_ps(_mm512_castps512_ps256(v), high));
  }
  static SOTTO_INLINE V load_first(const float* p, std::size_t n) noexcept {
    return _mm512_maskz_loadu_ps(first(n), p);
  }
  static SOTTO_INLINE void store_first(float* p, V v, std::size_t n) noexcept {
    _mm512_mask_storeu_ps(p, first(n), v);
  }
  static SOTTO_INLINE V keep_first(V v, std::size_t n) noexcept {
    return _mm512_maskz_mov_ps(first(n), v);
  }

 private:
  static SOTTO_INLINE __mmask16 first(std::size_t n) noexcept {
    return static_cast<__mmask16>((1U << n) - 1U);
  }
};
#endif

#if defined(__aarch64__)
struct NeonLanes {
  using V = xsimd::batch<float, xsimd::neon64>;
  static constexpr std::size_t kCount = 4;

  static SOTTO_INLINE V mul_add(V a, V b, V c) noexcept { return vfmaq_f32(c, a, b); }
  static SOTTO_INLINE V neg_mul_add(V a, V b, V c) noexcept { return vfmsq_f32(c, a, b); }
  static SOTTO_INLINE V divide(V a, V b) noexcept { return vdivq_f32(a, b); }
  static SOTTO_INLINE V scale(V p, V r) noexcept {
    const int32x4_t exponent = vshlq_n_s32(vreinterpretq_s32_f32(r), 23);
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(p), exponent));
  }
  static SOTTO_INLINE float sum(V v) noexcept { return vaddvq_f32(v); }
  static SOTTO_INLINE V load_first(const float* p, std::size_t n) noexcept {
    float lanes[kCount] = {};
    for (std::size_t i = 0; i < n; ++i) lanes[i] = p[i];
    return vld1q_f32(lanes);
  }
  static SOTTO_INLINE void store_first(float* p, V v, std::size_t n) noexcept {
    float lanes[kCount];
    vst1q_f32(lanes, v);
    for (std::size_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
  static SOTTO_INLINE V keep_first(V v, std::size_t n) noexcept {
    const uint32x4_t lane = {0, 1, 2, 3};
    const uint32x4_t mask = vcltq_u32(lane, vdupq_n_u32(static_cast<std::uint32_t>(n)));
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), mask));
  }
};
#endif

// c[0] + c[1] x + c[2] x^2 ... by Horner. A recursion, so that it is unrolled at -O2 too.
template <class L, std::size_t kFirst = 0, std::size_t kTerms>
SOTTO_INLINE typename L::V polynomial(const float (&c)[kTerms], typename L::V x) noexcept {
  using V = typename L::V;
  if constexpr (kFirst + 1 == kTerms) {
    return V(c[kFirst]);
  } else {
    return L::mul_add(polynomial<L, kFirst + 1>(c, x), x, V(c[kFirst]));
  }
}

// y[i] = Op::of(x[i]) for i < count; y may be x. An element gives the same bits wherever it lies.
// Four registers at a time, for the in-order cores that cannot overlap iterations by themselves.
template <class L, class Op>
SOTTO_INLINE void map(const float* x, float* y, std::size_t count) noexcept {
  using V = typename L::V;
  constexpr std::size_t kStep = L::kCount;
  std::size_t i = 0;
  for (; i + 4 * kStep <= count; i += 4 * kStep) {
    const V y0 = Op::of(V::load_unaligned(x + i));
    const V y1 = Op::of(V::load_unaligned(x + i + kStep));
    const V y2 = Op::of(V::load_unaligned(x + i + 2 * kStep));
    const V y3 = Op::of(V::load_unaligned(x + i + 3 * kStep));
    y0.store_unaligned(y + i);
    y1.store_unaligned(y + i + kStep);
    y2.store_unaligned(y + i + 2 * kStep);
    y3.store_unaligned(y + i + 3 * kStep);
  }
  for (; i + kStep <= count; i += kStep) Op::of(V::load_unaligned(x + i)).store_unaligned(y + i);
  if (i < count) L::store_first(y + i, Op::of(L::load_first(x + i, count - i)), count - i);
}

}  // namespace
}  // namespace sotto::kernels
