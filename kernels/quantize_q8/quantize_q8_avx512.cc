#include "kernels/quantize_q8/quantize_q8_four_sse.h"

namespace sotto::kernels::quantize_q8 {
namespace {

// Intrinsics masked by ones: of the unmasked forms g++ 12 warns (its header reads an uninitialized
// value, GCC bug 105593).
struct Simd : FourSse {
  using Floats = __m512;
  using Ints = __m512i;
  static constexpr std::size_t kLanes = 16;

  [[gnu::always_inline]] static inline Floats load(const float* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static inline Floats set(float v) { return _mm512_set1_ps(v); }
  [[gnu::always_inline]] static inline Floats mul(Floats a, Floats b) {
    return _mm512_mul_ps(a, b);
  }
  [[gnu::always_inline]] static inline Ints magnitude(Floats v) {
    return _mm512_and_si512(_mm512_castps_si512(v), _mm512_set1_epi32(0x7FFFFFFF));
  }
  [[gnu::always_inline]] static inline Ints round(Floats v) {
    return _mm512_maskz_cvtps_epi32(0xFFFF, v);
  }
  [[gnu::always_inline]] static inline Ints max(Ints a, Ints b) {
    return _mm512_maskz_max_epi32(0xFFFF, a, b);
  }
  [[gnu::always_inline]] static inline Ints add(Ints a, Ints b) { return _mm512_add_epi32(a, b); }

  [[gnu::always_inline]] static inline __m128 max_of_four(const Ints (&m)[4]) {
    const Ints a = max(low_pairs(m[0], m[1]), high_pairs(m[0], m[1]));
    const Ints b = max(low_pairs(m[2], m[3]), high_pairs(m[2], m[3]));
    const Ints c = max(low_fours(a, b), high_fours(a, b));
    const __m256i d = _mm256_max_epi32(half<0>(c), half<1>(c));
    return _mm_castsi128_ps(
        _mm_max_epi32(_mm256_castsi256_si128(d), _mm256_extracti128_si256(d, 1)));
  }
  [[gnu::always_inline]] static inline __m128i sum_of_four(const Ints (&m)[4]) {
    const Ints a = add(low_pairs(m[0], m[1]), high_pairs(m[0], m[1]));
    const Ints b = add(low_pairs(m[2], m[3]), high_pairs(m[2], m[3]));
    const Ints c = add(low_fours(a, b), high_fours(a, b));
    const __m256i d = _mm256_add_epi32(half<0>(c), half<1>(c));
    return _mm_add_epi32(_mm256_castsi256_si128(d), _mm256_extracti128_si256(d, 1));
  }
  [[gnu::always_inline]] static inline void store_two(std::int8_t* q, std::int8_t* r,
                                                      const Ints (&a)[2], const Ints (&b)[2]) {
    const Ints bytes = _mm512_maskz_packs_epi16(~0ULL, _mm512_maskz_packs_epi32(~0U, a[0], a[1]),
                                                _mm512_maskz_packs_epi32(~0U, b[0], b[1]));
    // The packs work in quarters: fours of a0 a1 b0 b1, lowest quarters first.
    const Ints order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const Ints ordered = _mm512_maskz_permutexvar_epi32(0xFFFF, order, bytes);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(q), half<0>(ordered));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(r), half<1>(ordered));
  }

 private:
  [[gnu::always_inline]] static inline Ints low_pairs(Ints a, Ints b) {
    return _mm512_maskz_unpacklo_epi32(0xFFFF, a, b);
  }
  [[gnu::always_inline]] static inline Ints high_pairs(Ints a, Ints b) {
    return _mm512_maskz_unpackhi_epi32(0xFFFF, a, b);
  }
  [[gnu::always_inline]] static inline Ints low_fours(Ints a, Ints b) {
    return _mm512_maskz_unpacklo_epi64(0xFF, a, b);
  }
  [[gnu::always_inline]] static inline Ints high_fours(Ints a, Ints b) {
    return _mm512_maskz_unpackhi_epi64(0xFF, a, b);
  }
  template <int kHalf>
  [[gnu::always_inline]] static inline __m256i half(Ints v) {
    return _mm512_maskz_extracti64x4_epi64(0xF, v, kHalf);
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_q8

#include "kernels/quantize_q8/quantize_q8_form.h"

namespace sotto::kernels::quantize_q8 {

void f32_avx512(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::quantize_q8
