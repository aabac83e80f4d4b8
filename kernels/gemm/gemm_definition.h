// The definition of a product with packed weights of any type, for the reference variants.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/gemm/gemm.h"
#include "kernels/half.h"

namespace sotto::kernels::gemm {
namespace {

template <typename Weight>
float output(const ArgsOf<Weight>& a, std::size_t i, std::size_t j) noexcept {
  double sum = 0.0;
  for (std::size_t p = 0; p < a.k; ++p) {
    const Weight w = a.w[packed_at<Weight>(j, p, a.k, a.panel)];
    sum += static_cast<double>(a.x[i * a.ldx + p]) * static_cast<double>(widen(w));
  }
  double v = static_cast<double>(a.scale) * sum;
  if (a.bias != nullptr) v += static_cast<double>(a.bias[j]);
  if (a.activation == Activation::kGelu) v *= (1.0 + std::erf(v / std::sqrt(2.0))) / 2.0;
  if (a.residual != nullptr) v += static_cast<double>(a.residual[i * a.ldr + j]);
  return static_cast<float>(v);
}

// The outputs of the items where an item is a block of `rows` rows and `panels` panels, the panel
// blocks innermost.
template <typename Weight>
void define(const ArgsOf<Weight>& a, Range items, std::size_t rows, std::size_t panels) noexcept {
  const std::size_t columns = a.panel * panels;
  const std::size_t across = ceil_div(a.n, columns);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t row = item / across * rows;
    const std::size_t column = item % across * columns;
    for (std::size_t i = row; i < std::min(row + rows, a.m); ++i) {
      for (std::size_t j = column; j < std::min(column + columns, a.n); ++j) {
        a.y[i * a.ldy + j] = output(a, i, j);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm
