// Rows of a table of 8-bit weights by id, out of the packed matrix that the output projection
// shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm_q8/gemm_q8.h"
#include "kernels/isa.h"

namespace sotto::kernels::embedding_q8 {

// y[r,c] = table[ids[r], c], a scale times a value, the table packed by gemm_q8::pack with n = rows
// of the table, k = cols.
struct Args {
  const std::int32_t* ids;  // [rows], 0 <= id < n
  const std::uint8_t* w;    // gemm_q8::packed_size(n, cols, layout) bytes
  float* y;                 // [rows, cols], contiguous
  std::size_t rows;
  std::size_t cols;  // > 0, a multiple of quantize_q8::kTerms
  gemm_q8::Layout layout;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A work item is a row.
constexpr std::size_t work_items(const Args& a) noexcept { return a.rows; }

void q8_ref(const Args& a, Range items) noexcept;

// A strided read of a row per token: it waits for memory, so there is no variant for wider
// instructions.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::embedding_q8
