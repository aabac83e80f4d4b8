// What the vector operations of x86 share.
#pragma once

#include <immintrin.h>

#include <cstddef>

namespace sotto::kernels::attention {
namespace {

struct Sse {
  static void transpose4(const float* p, std::size_t ld, float* q) noexcept {
    __m128 a = _mm_loadu_ps(p), b = _mm_loadu_ps(p + ld);
    __m128 c = _mm_loadu_ps(p + 2 * ld), d = _mm_loadu_ps(p + 3 * ld);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(q, a);
    _mm_storeu_ps(q + 4, b);
    _mm_storeu_ps(q + 8, c);
    _mm_storeu_ps(q + 12, d);
  }
};

}  // namespace
}  // namespace sotto::kernels::attention
