// Matrix product with packed weights and a fused epilogue: the linear layers of every model.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/half.h"
#include "kernels/isa.h"

namespace sotto::kernels::gemm {

enum class Activation : std::uint8_t { kNone, kGelu };

// y[i,j] = act(scale * sum_p x[i,p] * w[j,p] + bias[j]) + residual[i,j]
// with act the identity or the exact GELU, v * (1 + erf(v / sqrt(2))) / 2.
//
// w is packed by pack() below; gemv and conv1d read it too. Weight is float here. gemm_f16 and
// gemm_bf16 have the same arguments with weights of 16 bits.
template <typename Weight>
struct ArgsOf {
  const float* x;  // [m, k], row stride ldx >= 1 (rows may overlap: a convolution's windows)
  std::size_t ldx;
  const Weight* w;        // packed_size(n, k, panel) elements, 64-byte aligned
  const float* bias;      // [n] or null
  const float* residual;  // [m, n], row stride ldr, or null; may be y itself if ldr == ldy
  std::size_t ldr;
  float* y;  // [m, n], row stride ldy >= n; must not overlap x, w or bias
  std::size_t ldy;
  std::size_t m;      // > 0
  std::size_t n;      // > 0; any value, columns past n are neither read nor written
  std::size_t k;      // > 0
  std::size_t panel;  // that of the variant called (Kernel::panel)
  float scale;
  Activation activation;
};
template <typename Weight>
using FnOf = void (*)(const ArgsOf<Weight>&, Range) noexcept;

// A variant reads one panel width only; the reference reads any.
template <typename Weight>
struct KernelOf : Variant<FnOf<Weight>> {
  std::size_t panel;
};

using Args = ArgsOf<float>;
using Fn = FnOf<float>;
using Kernel = KernelOf<float>;

// A work item is a block of kBlockRows rows and kBlockPanels panels of the output. Items are
// numbered with the panel blocks innermost.
inline constexpr std::size_t kBlockRows = 84;  // divides by the tile heights 6 and 14
inline constexpr std::size_t kBlockPanels = 4;
template <typename Weight>
constexpr std::size_t work_items(const ArgsOf<Weight>& a) noexcept {
  return ceil_div(a.m, kBlockRows) * ceil_div(a.n, a.panel * kBlockPanels);
}

// Packed, a matrix w [n, k] is panels of `panel` output columns. Panel b holds
// w[b*panel .. b*panel+panel-1, :] as [k, panel], or, where a type's weights go in groups of g > 1
// terms, as [ceil(k / g), panel, g]; zeros where b*panel + j >= n or p >= k. bfloat16 goes in
// pairs: the instructions that multiply it take two at a time, and the others part two in one step
// each.
template <typename Weight>
inline constexpr std::size_t kGroup = 1;
template <>
inline constexpr std::size_t kGroup<Bf16> = 2;

template <typename Weight = float>
constexpr std::size_t depth(std::size_t k) noexcept {
  return ceil_div(k, kGroup<Weight>) * kGroup<Weight>;
}

// In elements.
template <typename Weight = float>
constexpr std::size_t packed_size(std::size_t n, std::size_t k, std::size_t panel) noexcept {
  return ceil_div(n, panel) * panel * depth<Weight>(k);
}

// Where w[j, p] lies.
template <typename Weight>
constexpr std::size_t packed_at(std::size_t j, std::size_t p, std::size_t k,
                                std::size_t panel) noexcept {
  constexpr std::size_t kG = kGroup<Weight>;
  return j / panel * panel * depth<Weight>(k) + p / kG * kG * panel + j % panel * kG + p % kG;
}

// Packs rows [row, row + rows) of a matrix w [n, k]; `w` points at the first of them, [rows, k]
// contiguous. A matrix can be packed piece by piece, in any order; the piece that holds row n - 1
// also zeroes the columns past n in the last panel. For float, F16 and Bf16.
template <typename Weight>
void pack(const Weight* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
          std::size_t panel, Weight* packed) noexcept;

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::gemm
