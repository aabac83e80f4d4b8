// The vector operations of attention_q8_tile.h on AVX-512 VNNI.
#pragma once

#include "kernels/attention_q8/attention_q8_simd_avx512.h"

namespace sotto::kernels::attention_q8 {
namespace {

struct Simd : Avx512 {
  static constexpr bool kUnsigned = true;
  static constexpr bool kByElement = false;

  static I32 dot(I32 sum, I32 lanes, I32 row) noexcept {
    return _mm512_dpbusd_epi32(sum, lanes, row);
  }
  static void keep(I32& x) noexcept { asm volatile("" : "+v"(x)); }
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
