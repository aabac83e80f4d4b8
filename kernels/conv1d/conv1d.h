// One-dimensional convolution over time, channels last: the audio stems.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::conv1d {

// y[t,o] = act(sum_{i < taps, c < c_in} x[t*stride + i - pad, c] * w[o,i,c] + bias[o])
// where x outside [0, t_in) counts as 0; torch.nn.Conv1d with its weight [c_out, c_in, taps]
// transposed to [c_out, taps, c_in] and packed by gemm::pack as n = c_out, k = taps * c_in.
// Windows inside x are rows of a matrix with row stride stride * c_in, so the body is a gemm.
struct Args {
  const float* x;     // [t_in, c_in], contiguous
  const float* w;     // gemm::packed_size(c_out, taps * c_in, panel) floats, 64-byte aligned
  const float* bias;  // [c_out] or null
  float* y;           // [t_out, c_out], contiguous; must not overlap x
  std::size_t t_in;
  std::size_t c_in;
  std::size_t c_out;
  std::size_t taps;    // taps * c_in <= kMaxWindow where pad > 0
  std::size_t stride;  // > 0
  std::size_t pad;     // zeros before and after x; < taps
  std::size_t panel;   // that of the variant called
  gemm::Activation activation;
};
using Fn = void (*)(const Args&, Range) noexcept;

struct Kernel : Variant<Fn> {
  std::size_t panel;
};

inline constexpr std::size_t kMaxWindow = 8192;  // floats of a window that is padded on the stack

// 0 where the input is shorter than a window.
constexpr std::size_t frames_out(std::size_t t_in, std::size_t taps, std::size_t stride,
                                 std::size_t pad) noexcept {
  return t_in + 2 * pad < taps ? 0 : (t_in + 2 * pad - taps) / stride + 1;
}

// A work item is a block of kBlockRows output frames, all channels.
inline constexpr std::size_t kBlockRows = gemm::kBlockRows;
constexpr std::size_t work_items(const Args& a) noexcept {
  return ceil_div(frames_out(a.t_in, a.taps, a.stride, a.pad), kBlockRows);
}

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Best first; an entry has the panel width of gemm's entry of the same instruction set.
std::span<const Kernel> variants() noexcept;

}  // namespace sotto::kernels::conv1d
