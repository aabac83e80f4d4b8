#include "kernels/quantize_q8/quantize_q8_four_sse.h"

namespace sotto::kernels::quantize_q8 {
namespace {

struct Simd : FourSse {
  using Floats = __m256;
  using Ints = __m256i;
  static constexpr std::size_t kLanes = 8;

  [[gnu::always_inline]] static inline Floats load(const float* p) { return _mm256_loadu_ps(p); }
  [[gnu::always_inline]] static inline Floats set(float v) { return _mm256_set1_ps(v); }
  [[gnu::always_inline]] static inline Floats mul(Floats a, Floats b) {
    return _mm256_mul_ps(a, b);
  }
  [[gnu::always_inline]] static inline Ints magnitude(Floats v) {
    return _mm256_and_si256(_mm256_castps_si256(v), _mm256_set1_epi32(0x7FFFFFFF));
  }
  [[gnu::always_inline]] static inline Ints round(Floats v) { return _mm256_cvtps_epi32(v); }
  [[gnu::always_inline]] static inline Ints max(Ints a, Ints b) { return _mm256_max_epi32(a, b); }
  [[gnu::always_inline]] static inline Ints add(Ints a, Ints b) { return _mm256_add_epi32(a, b); }

  [[gnu::always_inline]] static inline __m128 max_of_four(const Ints (&m)[4]) {
    const Ints a = max(_mm256_unpacklo_epi32(m[0], m[1]), _mm256_unpackhi_epi32(m[0], m[1]));
    const Ints b = max(_mm256_unpacklo_epi32(m[2], m[3]), _mm256_unpackhi_epi32(m[2], m[3]));
    const Ints c = max(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    return _mm_castsi128_ps(
        _mm_max_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1)));
  }
  [[gnu::always_inline]] static inline __m128i sum_of_four(const Ints (&m)[4]) {
    const Ints c = _mm256_hadd_epi32(_mm256_hadd_epi32(m[0], m[1]), _mm256_hadd_epi32(m[2], m[3]));
    return _mm_add_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
  }
  [[gnu::always_inline]] static inline void store_two(std::int8_t* q, std::int8_t* r,
                                                      const Ints (&a)[4], const Ints (&b)[4]) {
    store(q, a);
    store(r, b);
  }

 private:
  [[gnu::always_inline]] static inline void store(std::int8_t* q, const Ints (&v)[4]) {
    const Ints bytes =
        _mm256_packs_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
    // The packs work in halves: fours of v0 v1 v2 v3, low halves first.
    const Ints order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256(reinterpret_cast<Ints*>(q), _mm256_permutevar8x32_epi32(bytes, order));
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_q8

#include "kernels/quantize_q8/quantize_q8_form.h"

namespace sotto::kernels::quantize_q8 {

void f32_avx2(const Args& a, Range items) noexcept { run(a, items); }

}  // namespace sotto::kernels::quantize_q8
