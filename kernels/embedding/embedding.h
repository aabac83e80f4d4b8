// Rows of a table by id, out of the packed matrix that the output projection shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace sotto::kernels::embedding {

// y[r,c] = table[ids[r], c], the table packed by gemm::pack with n = rows of the table, k = cols:
// element [id, c] is at w[((id / panel) * cols + c) * panel + id % panel].
struct Args {
  const std::int32_t* ids;  // [rows], 0 <= id < n
  const float* w;           // gemm::packed_size(n, cols, panel) floats
  float* y;                 // [rows, cols], contiguous
  std::size_t rows;
  std::size_t cols;
  std::size_t panel;  // > 0
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a row.
constexpr std::size_t work_items(const Args& a) noexcept { return a.rows; }

void f32_ref(const Args& a, Range items) noexcept;

// A strided copy of a row per token: it waits for memory, so there is no variant for wider
// instructions.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::embedding
