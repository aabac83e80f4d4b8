// The definition of the products with 8- and 4-bit weights, for the reference variants.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/gemm_q8/gemm_q8_panels.h"

namespace sotto::kernels::gemm_q8 {
namespace {

template <typename Bits>
float output(const Args& a, std::size_t i, std::size_t j) noexcept {
  double sum = 0.0;
  for (std::size_t b = 0; b < a.k / kTerms; ++b) {
    const Block& x = a.x[i * a.ldx + b];
    const Column<Bits> w(a.w, j, b, a.k, a.layout);
    int inner = 0;
    for (std::size_t p = 0; p < kTerms; ++p) inner += x.q[p] * static_cast<int>(w.value(p));
    sum += inner * (static_cast<double>(x.scale) * static_cast<double>(w.scale()));
  }
  double v = static_cast<double>(a.scale) * sum;
  if (a.bias != nullptr) v += static_cast<double>(a.bias[j]);
  if (a.activation == Activation::kGelu) v *= (1.0 + std::erf(v / std::sqrt(2.0))) / 2.0;
  if (a.residual != nullptr) v += static_cast<double>(a.residual[i * a.ldr + j]);
  return static_cast<float>(v);
}

// The outputs of the items where an item is a block of `rows` rows and `panels` panels, the panel
// blocks innermost.
template <typename Bits>
void define(const Args& a, Range items, std::size_t rows, std::size_t panels) noexcept {
  const std::size_t columns = a.layout.panel * panels;
  const std::size_t across = ceil_div(a.n, columns);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t row = item / across * rows;
    const std::size_t column = item % across * columns;
    for (std::size_t i = row; i < std::min(row + rows, a.m); ++i) {
      for (std::size_t j = column; j < std::min(column + columns, a.n); ++j) {
        a.y[i * a.ldy + j] = output<Bits>(a, i, j);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
