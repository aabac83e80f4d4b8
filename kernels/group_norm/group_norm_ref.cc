#include <cmath>

#include "kernels/group_norm/group_norm.h"

namespace sotto::kernels::group_norm {
namespace {

// Rows of block i; every block but the last has kBlockRows.
std::size_t rows_of(const Args& a, std::size_t i) noexcept {
  const std::size_t left = a.rows - i * kBlockRows;
  return left < kBlockRows ? left : kBlockRows;
}

}  // namespace

// The definition of the op: written to be read, accumulates in double, never tuned.
void f32_moments_ref(const Args& a, Range items) noexcept {
  for (std::size_t i = items.begin; i < items.end; ++i) {
    const float* x = a.x + i * kBlockRows * a.cols;
    const std::size_t count = rows_of(a, i) * a.cols;

    double mean = 0.0;
    for (std::size_t k = 0; k < count; ++k) mean += x[k];
    mean /= static_cast<double>(count);

    double squares = 0.0;
    for (std::size_t k = 0; k < count; ++k) squares += (x[k] - mean) * (x[k] - mean);
    a.partials[2 * i] = mean;
    a.partials[2 * i + 1] = squares;
  }
}

// Chan, Golub and LeVeque, 1979: the squared deviations of a union are those of its parts, plus
// each part's size times the square of the distance of its mean.
void f32_normalise_ref(const Args& a, Range items) noexcept {
  const std::size_t blocks = work_items(a.rows);
  const double count = static_cast<double>(a.rows) * static_cast<double>(a.cols);

  double mean = 0.0;
  for (std::size_t i = 0; i < blocks; ++i) {
    mean += a.partials[2 * i] * static_cast<double>(rows_of(a, i) * a.cols);
  }
  mean /= count;

  double var = 0.0;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double distance = a.partials[2 * i] - mean;
    var +=
        a.partials[2 * i + 1] + distance * distance * static_cast<double>(rows_of(a, i) * a.cols);
  }
  var /= count;

  const double scale = 1.0 / std::sqrt(var + a.eps);
  for (std::size_t r = items.begin * kBlockRows; r < items.end * kBlockRows && r < a.rows; ++r) {
    for (std::size_t c = 0; c < a.cols; ++c) {
      const double x = a.x[r * a.cols + c];
      a.y[r * a.cols + c] = static_cast<float>((x - mean) * scale * a.gamma[c] + a.beta[c]);
    }
  }
}

}  // namespace sotto::kernels::group_norm
