// Quantised blocks of ggml (ggml/src/ggml-common.h, ggml-quants.c) to floats, and floats to two of
// their types.
//
// A block holds the values of part of a row: an f16 scale d, whole numbers q of few bits, and what
// the type adds. Little-endian; fields in the order given, arrays in bytes.
//
//   32 values   x = d q             Q4_0: d, lo[16]            q = nibble - 8
//                                   Q5_0: d, hi[4], lo[16]     q = nibble + 16 bit - 16
//                                   Q8_0: d, q[32]             q signed
//               x = d q + m         Q4_1: d, m, lo[16]         q = nibble
//                                   Q5_1: d, m, hi[4], lo[16]  q = nibble + 16 bit
//               nibble i: the lower half of lo[i] for i < 16, else the upper half of lo[i - 16];
//               bit i of the number hi.
//   256 values  x = d s_j q - m t_j, j = i / 32, s_j and t_j of 6 bits in 12 bytes (see blocks.cc)
//                                   Q4_K: d, m, st[12], lo[128]          q = nibble
//                                   Q5_K: d, m, st[12], hi[32], lo[128]  q = nibble + 16 bit
//               nibble i: of byte i % 32 in the group lo[32 (j / 2)], the upper half where j is
//               odd; bit j of hi[i % 32].
//               x = d s_j q, j = i / 16
//                                   Q6_K: lo[128], hi[64], s[16] signed, d   q = 6 bits - 32
//               of each half of 128 values, i counted in it: the nibble of lo[i % 64], the upper
//               one for i >= 64, and two bits of hi[i % 32], from bit 2 (i / 32).
//
// Only the last addition of a formula rounds; the products fit in an f32.
#pragma once

#include <cstddef>

#include "lib/tensor/dtype.h"

namespace sotto::tensor {

// Whether `dtype` is one of the types above.
bool is_quantised(Dtype dtype) noexcept;

// The values of `blocks` blocks. `from` needs no alignment and must not overlap `to`.
// Requires: is_quantised(dtype); without that it does nothing.
void dequantise(Dtype dtype, const std::byte* from, std::size_t blocks, float* to) noexcept;

// Whether quantise() knows the type: Q8_0 and Q4_0.
bool is_quantisable(Dtype dtype) noexcept;

// Floats to blocks:
//
//   Q8_0   d = max |x| / 127, and q = x / d rounded, halves away from zero: to the byte as ggml's
//          quantize_row_q8_0_ref(). x / d is x times the f32 nearest to 1 / d; d is rounded to an
//          f16 only where it is stored. |x - d q| <= |d| / 2 + |q| |d - f16(d)|
//   Q4_0   d of the least squared error among 21: those for which the largest |x| is -7.0, -7.1,
//          ... -9.0 steps, each then fitted to the numbers that it gives, d = sum(x q) / sum(q^2).
//          q = x / f16(d) rounded to -8 ... 7: the nearest that there is. ggml's
//          quantize_row_q4_0_ref() takes the largest |x| for -8 steps, without a choice; its errors
//          are larger, and so was the word error rate (lib/convert/README.md).
//
// A block of zeros has d = 0 (or -0) and stays zeros, and so has one whose 1 / d no f32 holds.
//
// `to` needs no alignment and must not overlap `from`.
// Requires: is_quantisable(dtype); without that it does nothing. Every |x| <= most_held(dtype).
void quantise(Dtype dtype, const float* from, std::size_t blocks, std::byte* to) noexcept;

}  // namespace sotto::tensor
