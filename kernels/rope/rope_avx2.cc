#include <immintrin.h>

#include "kernels/rope/rope.h"

namespace sotto::kernels::rope {
namespace {

inline __m256 rotate(__m256 x, __m256 cos, __m256 sin) noexcept {
  return _mm256_fmaddsub_ps(x, cos, _mm256_mul_ps(_mm256_permute_ps(x, 0b10110001), sin));
}

}  // namespace

// Eight floats, four pairs, a step; the angles of a step stay in registers over the heads.
void f32_avx2(const Args& args, Range items) noexcept {
  const std::size_t pairs = args.rotary_dim / 2;
  const std::size_t end = items.end * kBlockRows;
  const __m256i twice = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

  for (std::size_t r = items.begin * kBlockRows; r < end && r < args.rows; ++r) {
    const float* cos_row = args.cos + (args.past + r) * pairs;
    const float* sin_row = args.sin + (args.past + r) * pairs;
    for (std::size_t i = 0; i < pairs; i += 4) {
      const auto count = static_cast<int>(pairs - i < 4 ? pairs - i : 4);
      const __m256i half = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane);
      const __m256 cos = _mm256_permutevar8x32_ps(_mm256_maskload_ps(cos_row + i, half), twice);
      const __m256 sin = _mm256_permutevar8x32_ps(_mm256_maskload_ps(sin_row + i, half), twice);
      float* x = args.x + r * args.ldx + 2 * i;
      if (count == 4) {
        for (std::size_t h = 0; h < args.heads; ++h, x += args.head_dim) {
          _mm256_storeu_ps(x, rotate(_mm256_loadu_ps(x), cos, sin));
        }
      } else {
        const __m256i both = _mm256_cmpgt_epi32(_mm256_set1_epi32(2 * count), lane);
        for (std::size_t h = 0; h < args.heads; ++h, x += args.head_dim) {
          _mm256_maskstore_ps(x, both, rotate(_mm256_maskload_ps(x, both), cos, sin));
        }
      }
    }
  }
}

}  // namespace sotto::kernels::rope
