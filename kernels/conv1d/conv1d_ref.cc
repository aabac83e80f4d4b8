#include <algorithm>
#include <cmath>

#include "kernels/conv1d/conv1d.h"

namespace sotto::kernels::conv1d {
namespace {

float output(const Args& a, std::size_t t, std::size_t o) {
  const std::size_t window = a.taps * a.c_in;
  const float* w = a.w + o / a.panel * a.panel * window + o % a.panel;
  double v = 0.0;
  for (std::size_t i = 0; i < a.taps; ++i) {
    const std::size_t from = t * a.stride + i;
    if (from < a.pad || from - a.pad >= a.t_in) continue;
    for (std::size_t c = 0; c < a.c_in; ++c) {
      v += static_cast<double>(a.x[(from - a.pad) * a.c_in + c]) *
           static_cast<double>(w[(i * a.c_in + c) * a.panel]);
    }
  }
  if (a.bias != nullptr) v += static_cast<double>(a.bias[o]);
  if (a.activation == gemm::Activation::kGelu) v *= (1.0 + std::erf(v / std::sqrt(2.0))) / 2.0;
  return static_cast<float>(v);
}

}  // namespace

void f32_ref(const Args& a, Range items) noexcept {
  const std::size_t frames = frames_out(a.t_in, a.taps, a.stride, a.pad);
  const std::size_t end = std::min(items.end * kBlockRows, frames);
  for (std::size_t t = items.begin * kBlockRows; t < end; ++t) {
    for (std::size_t o = 0; o < a.c_out; ++o) a.y[t * a.c_out + o] = output(a, t, o);
  }
}

}  // namespace sotto::kernels::conv1d
