#include <immintrin.h>

#include "kernels/rope/rope.h"

namespace sotto::kernels::rope {

// Sixteen floats, eight pairs, a step; the angles of a step stay in registers over the heads. The
// masked shuffles keep GCC 12 from warning of an uninitialised operand inside its own header.
void f32_avx512(const Args& args, Range items) noexcept {
  const std::size_t pairs = args.rotary_dim / 2;
  const std::size_t end = items.end * kBlockRows;
  const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);

  for (std::size_t r = items.begin * kBlockRows; r < end && r < args.rows; ++r) {
    const float* cos_row = args.cos + (args.past + r) * pairs;
    const float* sin_row = args.sin + (args.past + r) * pairs;
    for (std::size_t i = 0; i < pairs; i += 8) {
      const std::size_t count = pairs - i < 8 ? pairs - i : 8;
      const auto half = static_cast<__mmask8>((1U << count) - 1U);
      const auto both = static_cast<__mmask16>((1U << (2 * count)) - 1U);
      const __m512 cos = _mm512_maskz_permutexvar_ps(
          both, twice, _mm512_castps256_ps512(_mm256_maskz_loadu_ps(half, cos_row + i)));
      const __m512 sin = _mm512_maskz_permutexvar_ps(
          both, twice, _mm512_castps256_ps512(_mm256_maskz_loadu_ps(half, sin_row + i)));
      float* x = args.x + r * args.ldx + 2 * i;
      for (std::size_t h = 0; h < args.heads; ++h, x += args.head_dim) {
        const __m512 in = _mm512_maskz_loadu_ps(both, x);
        const __m512 swapped = _mm512_maskz_permute_ps(both, in, 0b10110001);
        const __m512 out = _mm512_fmaddsub_ps(in, cos, _mm512_mul_ps(swapped, sin));
        _mm512_mask_storeu_ps(x, both, out);
      }
    }
  }
}

}  // namespace sotto::kernels::rope
