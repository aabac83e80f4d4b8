// The vector operations of attention_q8_blocks.h on AVX-512 VNNI.
#pragma once

#include "kernels/quantize_kv/quantize_kv_simd_avx512.h"

namespace sotto::kernels::attention_q8 {
namespace {

struct Simd : quantize_kv::Simd {
  static constexpr bool kUnsigned = true;

  static I32 load_ints(const void* p) noexcept { return _mm512_loadu_si512(p); }
  static I32 set_ints(std::int32_t x) noexcept { return _mm512_set1_epi32(x); }
  static I32 dot(I32 sum, I32 lanes, I32 row) noexcept {
    return _mm512_dpbusd_epi32(sum, lanes, row);
  }
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
