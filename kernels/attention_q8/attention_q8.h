// Attention of many queries whose products are of 8-bit integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/attention/attention.h"
#include "kernels/quantize_kv/quantize_kv.h"

namespace sotto::kernels::attention_q8 {

using attention::kBlockQueries;
using quantize_kv::kKeys;

// attention that is not causal, of keys and values that quantize_kv made. A query i of a head is
// quantised like a key: its bytes a[i,:] have the scale r[i]. For a block B of keys, with bytes
// b[j,:] of scales t[j] and values' bytes c[j,d] of scales u[B,d]:
//
//   s[i,j] = scale * r[i] * t[j] * sum_d a[i,d] * b[j,d]
//   m[i,B] = max over the j of B of s[i,j]
//   p[i,j] = round(127 * exp(s[i,j] - m[i,B]) + e), |e| < 0.001
//   y[i,d] = sum_B exp(m[i,B]) * u[B,d] * sum_j p[i,j] * c[j,d] / sum_B exp(m[i,B]) * sum_j p[i,j]
//
// The sums of integers are exact; exp(m) is taken relative to a running maximum, as in attention.
// Against attention on the same numbers: a score is off by about 0.004 * scale * |q[i]| * |k[j]|,
// a weight of a block by 1/254 of the block's largest, a value by 1/254 of its dimension's largest
// in the block.
using Args = attention::PackedArgsOf<std::uint8_t>;
using Fn = void (*)(const Args&, Range) noexcept;

void q8_ref(const Args& a, Range items) noexcept;
void q8_avxvnni(const Args& a, Range items) noexcept;
void q8_avx512vnni(const Args& a, Range items) noexcept;
void q8_amx(const Args& a, Range items) noexcept;
void q8_neondot(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, q8_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention_q8
