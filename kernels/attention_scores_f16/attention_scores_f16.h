// attention_scores of keys stored in f16.
#pragma once

#include <span>

#include "kernels/attention_scores/attention_scores.h"
#include "kernels/half.h"

namespace sotto::kernels::attention_scores_f16 {

// The formula, its error, the work items and the meaning of every field are those of
// attention_scores::ArgsOf; keys are widened, which is exact.
using Args = attention_scores::ArgsOf<F16>;
using Fn = attention_scores::FnOf<F16>;

void f16_ref(const Args& a, Range items) noexcept;
void f16_avx2(const Args& a, Range items) noexcept;
void f16_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f16_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::attention_scores_f16
