// gemm with weights of 4 bits, GGUF's Q4_0, and activations quantised to 8 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm_q8/gemm_q8.h"

namespace sotto::kernels::gemm_q4 {

// The formula, the order of the sums and the meaning of every field are those of gemm_q8::Args,
// with packed_size() and pack() of this op. A panel's block is [panel] scales (f16) and then [16 /
// group, panel, group] bytes: byte p of a column holds term p in its low and term p + 16 in its
// high four bits, each 8 too large. Layout::biased is not used.
using Args = gemm_q8::Args;
using Fn = gemm_q8::Fn;
using Kernel = gemm_q8::Kernel;
using gemm_q8::Layout;
using gemm_q8::work_items;

// Bytes of a block of one column: in the file and in a panel alike.
inline constexpr std::size_t kColumnBytes = gemm_q8::kScaleBytes + quantize_q8::kTerms / 2;

constexpr std::size_t packed_size(std::size_t n, std::size_t k, Layout layout) noexcept {
  return ceil_div(n, layout.panel) * layout.panel * (k / quantize_q8::kTerms) * kColumnBytes;
}

// As gemm_q8::pack, of blocks of Q4_0: an f16 scale, little-endian, and 16 bytes, of which byte p
// holds term p in its low and term p + 16 in its high four bits, each 8 too large.
void pack(const std::uint8_t* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          Layout layout, std::uint8_t* packed) noexcept;

void q4_ref(const Args& a, Range items) noexcept;
void q4_avx2(const Args& a, Range items) noexcept;
void q4_avxvnni(const Args& a, Range items) noexcept;
void q4_avx512vnni(const Args& a, Range items) noexcept;
void q4_amx(const Args& a, Range items) noexcept;
void q4_neon(const Args& a, Range items) noexcept;
void q4_neondot(const Args& a, Range items) noexcept;
void q4_neoni8mm(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, q4_ref last.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemm_q4
