// The vector operations of attention_q8_blocks.h beside AMX.
#pragma once

#include "kernels/attention_q8/attention_q8_simd_avx512.h"

namespace sotto::kernels::attention_q8 {
namespace {

struct Simd : Avx512 {
  static constexpr bool kUnsigned = false;
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
