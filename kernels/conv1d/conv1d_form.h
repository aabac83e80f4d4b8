// A convolution as matrix products: its windows are the rows, overlapping where stride < taps.
#pragma once

#include "kernels/conv1d/conv1d.h"

namespace sotto::kernels::conv1d {
namespace {

// Frames whose windows lie inside x are rows of x itself; a window that reaches over an edge is
// copied between zeros. gemm gives a row the same bits in either case.
template <gemm::Fn kProduct>
[[gnu::always_inline]] inline void run(const Args& a, Range items) {
  const std::size_t window = a.taps * a.c_in;
  const std::size_t frames = frames_out(a.t_in, a.taps, a.stride, a.pad);
  // Frames [inner_begin, inner_end) need no padding.
  const std::size_t reach = a.t_in + a.pad;
  const std::size_t inner_end = reach < a.taps ? 0 : (reach - a.taps) / a.stride + 1;
  const std::size_t first = ceil_div(a.pad, a.stride);
  const std::size_t inner_begin = first < inner_end ? first : inner_end;

  const auto product = [&](const float* x, std::size_t frame, std::size_t rows) {
    const gemm::Args sub{x,
                         a.stride * a.c_in,
                         a.w,
                         a.bias,
                         nullptr,
                         0,
                         a.y + frame * a.c_out,
                         a.c_out,
                         rows,
                         a.c_out,
                         window,
                         a.panel,
                         1.0F,
                         a.activation};
    kProduct(sub, {0, gemm::work_items(sub)});
  };
  const auto padded = [&](std::size_t frame) {
    alignas(64) float copy[kMaxWindow];
    for (std::size_t i = 0; i < a.taps; ++i) {
      const std::size_t t = frame * a.stride + i;  // in x with its padding
      const bool inside = t >= a.pad && t < reach;
      for (std::size_t c = 0; c < a.c_in; ++c) {
        copy[i * a.c_in + c] = inside ? a.x[(t - a.pad) * a.c_in + c] : 0.0F;
      }
    }
    product(copy, frame, 1);
  };

  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t begin = item * kBlockRows;
    const std::size_t end = begin + kBlockRows < frames ? begin + kBlockRows : frames;
    std::size_t frame = begin;
    for (; frame < end && frame < inner_begin; ++frame) padded(frame);
    const std::size_t stop = end < inner_end ? end : inner_end;
    if (frame < stop) {
      product(a.x + (frame * a.stride - a.pad) * a.c_in, frame, stop - frame);
      frame = stop;
    }
    for (; frame < end; ++frame) padded(frame);
  }
}

}  // namespace
}  // namespace sotto::kernels::conv1d
