// gemm with weights of 8 bits, GGUF's Q8_0, and activations quantised to 8 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm/gemm.h"
#include "kernels/quantize_q8/quantize_q8.h"

namespace sotto::kernels::gemm_q8 {

using gemm::Activation;
using quantize_q8::Block;
using quantize_q8::kTerms;

// How a variant wants its weights packed.
//
// A matrix [n, k] is panels of `panel` output columns, a panel is its k / kTerms blocks of terms in
// order, and a block is [panel] scales (f16) and then [kTerms / group, panel, group] values: those
// of the term 32 b + p are at [p / group, :, p % group]. A value is stored as a signed byte, or,
// where the variant multiplies unsigned ones, as that plus 128. Columns past n have zero bytes.
struct Layout {
  std::size_t panel;
  std::size_t group;
  bool biased;  // in groups of 2, 4 or 8
};

// y[i,j] = act(scale * s[i,j] + bias[j]) + residual[i,j] with act as in gemm and
//
//   s[i,j] = sum_b float(sum_p x[i,b].q[p] * w[j,b].q[p]) * (x[i,b].scale * w[j,b].scale)
//
// The inner sum is exact. The outer one is a chain of fused multiply-adds from zero in the order of
// b, after a rounding of the product of the scales: every variant gives the same bits of s, as long
// as no such product is below 2^-122. The reference sums without rounding.
struct Args {
  const Block* x;  // [m, k / kTerms], row stride ldx blocks; quantize_q8 makes them
  std::size_t ldx;
  const std::uint8_t* w;  // packed_size(n, k, layout) bytes, 64-byte aligned
  const float* bias;      // [n] or null
  const float* residual;  // [m, n], row stride ldr, or null; may be y itself if ldr == ldy
  std::size_t ldr;
  float* y;  // [m, n], row stride ldy >= n; must not overlap x, w or bias
  std::size_t ldy;
  std::size_t m;  // > 0
  std::size_t n;  // > 0; any value, columns past n are neither read nor written
  std::size_t k;  // > 0, a multiple of kTerms
  Layout layout;  // that of the variant called (Kernel::layout)
  float scale;
  Activation activation;
};
using Fn = void (*)(const Args&, Range) noexcept;

// A variant reads one layout only; the reference reads any.
struct Kernel : Variant<Fn> {
  Layout layout;
};

// A work item is a block of kBlockRows rows and kBlockPanels panels of the output. Items are
// numbered with the panel blocks innermost.
inline constexpr std::size_t kBlockRows = 84;  // divides by the tile heights 4, 6, 7 and 14
inline constexpr std::size_t kBlockPanels = 4;
constexpr std::size_t work_items(const Args& a) noexcept {
  return ceil_div(a.m, kBlockRows) * ceil_div(a.n, a.layout.panel * kBlockPanels);
}

// Bytes of a block of one column: in the file and in a panel alike.
inline constexpr std::size_t kScaleBytes = 2;
inline constexpr std::size_t kColumnBytes = kScaleBytes + kTerms;

constexpr std::size_t packed_size(std::size_t n, std::size_t k, Layout layout) noexcept {
  return ceil_div(n, layout.panel) * layout.panel * (k / kTerms) * kColumnBytes;
}

// Packs rows [row, row + rows) of a matrix [n, k]; `w` points at the first of them, each k / kTerms
// blocks of Q8_0: an f16 scale, little-endian, and kTerms signed bytes. A matrix can be packed
// piece by piece, in any order; the piece that holds row n - 1 also zeroes the columns past n.
void pack(const std::uint8_t* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          Layout layout, std::uint8_t* packed) noexcept;

void q8_ref(const Args& a, Range items) noexcept;
void q8_avx2(const Args& a, Range items) noexcept;
void q8_avxvnni(const Args& a, Range items) noexcept;
void q8_avx512vnni(const Args& a, Range items) noexcept;
void q8_amx(const Args& a, Range items) noexcept;
void q8_neon(const Args& a, Range items) noexcept;
void q8_neondot(const Args& a, Range items) noexcept;
void q8_neoni8mm(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, q8_ref last.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemm_q8
