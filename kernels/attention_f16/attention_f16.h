// attention over keys and values stored in f16: half the bytes of a cache.
#pragma once

#include <span>

#include "kernels/attention/attention.h"
#include "kernels/half.h"

namespace sotto::kernels::attention_f16 {

// The formula, its error, the work items and the meaning of every field are those of
// attention::ArgsOf; keys and values are widened, which is exact, and computed with in f32.
using Args = attention::ArgsOf<F16>;
using Fn = attention::FnOf<F16>;

void f16_ref(const Args& a, Range items) noexcept;
void f16_avx2(const Args& a, Range items) noexcept;
void f16_avx512(const Args& a, Range items) noexcept;
void f16_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f16_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention_f16
