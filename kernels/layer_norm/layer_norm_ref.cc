#include <cmath>

#include "kernels/layer_norm/layer_norm.h"

namespace sotto::kernels::layer_norm {

// The definition of the op: written to be read, accumulates in double, never tuned.
void f32_ref(const Args& a, Range items) noexcept {
  for (std::size_t r = items.begin * kBlockRows; r < items.end * kBlockRows && r < a.rows; ++r) {
    const float* x = a.x + r * a.ldx;
    float* y = a.y + r * a.ldy;

    double mean = 0.0;
    for (std::size_t c = 0; c < a.cols; ++c) mean += x[c];
    mean /= static_cast<double>(a.cols);

    double var = 0.0;
    for (std::size_t c = 0; c < a.cols; ++c) var += (x[c] - mean) * (x[c] - mean);
    var /= static_cast<double>(a.cols);

    const double scale = 1.0 / std::sqrt(var + a.eps);
    for (std::size_t c = 0; c < a.cols; ++c) {
      const double beta = a.beta == nullptr ? 0.0 : a.beta[c];
      y[c] = static_cast<float>((x[c] - mean) * scale * a.gamma[c] + beta);
    }
  }
}

}  // namespace sotto::kernels::layer_norm
