// Attention of many queries whose products are of floats split into two bfloat16 numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/attention/attention.h"
#include "kernels/split_kv/split_kv.h"

namespace sotto::kernels::attention_split {

using attention::kBlockQueries;
using split_kv::kKeys;
using split_kv::kMaxHeadDim;

// The formula of attention, not causal, of keys and values that split_kv made. Queries, times
// scale, and weights are split alike. A product of two numbers is the sum of those of their parts
// but for both low ones: with what splitting leaves out it is off by at most 2^-14 of its
// magnitude; the sums are of f32. That is 250 times nearer than with factors of bfloat16, and of
// the order of what storing keys and values in f16 costs.
using Args = attention::PackedArgsOf<std::uint16_t>;
using Fn = void (*)(const Args&, Range) noexcept;

void f32_ref(const Args& a, Range items) noexcept;
void f32_amx(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention_split
