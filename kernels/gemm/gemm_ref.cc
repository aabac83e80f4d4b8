#include <algorithm>
#include <cmath>

#include "kernels/gemm/gemm.h"

namespace sotto::kernels::gemm {
namespace {

double gelu(double v) { return v * (1.0 + std::erf(v / std::sqrt(2.0))) / 2.0; }

float output(const Args& a, std::size_t i, std::size_t j) {
  const float* w = a.w + j / a.panel * a.panel * a.k + j % a.panel;
  double sum = 0.0;
  for (std::size_t p = 0; p < a.k; ++p) {
    sum += static_cast<double>(a.x[i * a.ldx + p]) * static_cast<double>(w[p * a.panel]);
  }
  double v = static_cast<double>(a.scale) * sum;
  if (a.bias != nullptr) v += static_cast<double>(a.bias[j]);
  if (a.activation == Activation::kGelu) v = gelu(v);
  if (a.residual != nullptr) v += static_cast<double>(a.residual[i * a.ldr + j]);
  return static_cast<float>(v);
}

}  // namespace

void f32_ref(const Args& a, Range items) noexcept {
  const std::size_t columns = a.panel * kBlockPanels;
  const std::size_t across = ceil_div(a.n, columns);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t row = item / across * kBlockRows;
    const std::size_t column = item % across * columns;
    for (std::size_t i = row; i < std::min(row + kBlockRows, a.m); ++i) {
      for (std::size_t j = column; j < std::min(column + columns, a.n); ++j) {
        a.y[i * a.ldy + j] = output(a, i, j);
      }
    }
  }
}

}  // namespace sotto::kernels::gemm
