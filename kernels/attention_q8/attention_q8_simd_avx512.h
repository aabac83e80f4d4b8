// The vector operations of attention_q8_blocks.h on AVX-512.
#pragma once

#include "kernels/quantize_kv/quantize_kv_simd_avx512.h"

namespace sotto::kernels::attention_q8 {
namespace {

struct Avx512 : quantize_kv::Simd {
  static I32 load_ints(const void* p) noexcept { return _mm512_loadu_si512(p); }
  static I32 set_ints(std::int32_t x) noexcept { return _mm512_set1_epi32(x); }
  static I32 bits(F32 x) noexcept { return _mm512_castps_si512(x); }
  static F32 from_bits(I32 x) noexcept { return _mm512_castsi512_ps(x); }
  static I32 to_exponent(I32 x) noexcept { return _mm512_maskz_slli_epi32(0xFFFF, x, 23); }
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
