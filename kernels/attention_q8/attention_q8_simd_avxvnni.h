// The vector operations of attention_q8_blocks.h on AVX-VNNI.
#pragma once

#include "kernels/quantize_kv/quantize_kv_simd_avx2.h"

namespace sotto::kernels::attention_q8 {
namespace {

struct Simd : quantize_kv::Simd {
  static constexpr bool kUnsigned = true;
  static constexpr bool kByElement = false;

  static I32 load_ints(const void* p) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
  }
  static I32 set_ints(std::int32_t x) noexcept { return _mm256_set1_epi32(x); }
  static I32 dot(I32 sum, I32 lanes, I32 row) noexcept {
    return _mm256_dpbusd_avx_epi32(sum, lanes, row);
  }
  static void keep(I32& x) noexcept { asm volatile("" : "+x"(x)); }
  static I32 bits(F32 x) noexcept { return _mm256_castps_si256(x); }
  static F32 from_bits(I32 x) noexcept { return _mm256_castsi256_ps(x); }
  static I32 to_exponent(I32 x) noexcept { return _mm256_slli_epi32(x, 23); }
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
