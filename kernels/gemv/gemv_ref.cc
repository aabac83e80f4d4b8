#include <algorithm>
#include <cmath>

#include "kernels/gemv/gemv.h"

namespace sotto::kernels::gemv {

void f32_ref(const Args& a, Range items) noexcept {
  const std::size_t columns = a.panel * kItemPanels;
  for (std::size_t i = 0; i < a.m; ++i) {
    for (std::size_t j = items.begin * columns; j < std::min(items.end * columns, a.n); ++j) {
      const float* w = a.w + j / a.panel * a.panel * a.k + j % a.panel;
      double sum = 0.0;
      for (std::size_t p = 0; p < a.k; ++p) {
        sum += static_cast<double>(a.x[i * a.ldx + p]) * static_cast<double>(w[p * a.panel]);
      }
      double v = static_cast<double>(a.scale) * sum;
      if (a.bias != nullptr) v += static_cast<double>(a.bias[j]);
      if (a.activation == gemm::Activation::kGelu) {
        v *= (1.0 + std::erf(v / std::sqrt(2.0))) / 2.0;
      }
      if (a.residual != nullptr) v += static_cast<double>(a.residual[i * a.ldr + j]);
      a.y[i * a.ldy + j] = static_cast<float>(v);
    }
  }
}

}  // namespace sotto::kernels::gemv
