// Rows of a table by id, out of the packed matrix that the output projection shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm/gemm.h"
#include "kernels/half.h"
#include "kernels/isa.h"

namespace sotto::kernels::embedding {

// y[r,c] = table[ids[r], c], the table packed by gemm::pack with n = rows of the table, k = cols;
// numbers of 16 bits are widened.
template <typename Weight>
struct ArgsOf {
  const std::int32_t* ids;  // [rows], 0 <= id < n
  const Weight* w;          // gemm::packed_size<Weight>(n, cols, panel) elements
  float* y;                 // [rows, cols], contiguous
  std::size_t rows;
  std::size_t cols;
  std::size_t panel;  // > 0
};
template <typename Weight>
using FnOf = void (*)(const ArgsOf<Weight>&, Range) noexcept;

using Args = ArgsOf<float>;
using Fn = FnOf<float>;

// A work item is a row.
template <typename Weight>
constexpr std::size_t work_items(const ArgsOf<Weight>& a) noexcept {
  return a.rows;
}

void f32_ref(const Args& a, Range items) noexcept;
void f16_ref(const ArgsOf<F16>& a, Range items) noexcept;
void bf16_ref(const ArgsOf<Bf16>& a, Range items) noexcept;

// A strided copy of a row per token: it waits for memory, so there is no variant for wider
// instructions. One table for each type of weights.
std::span<const Variant<Fn>> variants() noexcept;
std::span<const Variant<FnOf<F16>>> f16_variants() noexcept;
std::span<const Variant<FnOf<Bf16>>> bf16_variants() noexcept;

}  // namespace sotto::kernels::embedding
