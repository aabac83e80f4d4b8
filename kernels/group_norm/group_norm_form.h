// The loops that the instruction sets share.
#pragma once

#include "kernels/group_norm/group_norm.h"
#include "kernels/moments.h"

namespace sotto::kernels::group_norm {
namespace {

// Floats whose moments are taken in float, in L1 (4 KiB); from there on it is double.
constexpr std::size_t kChunk = 1024;

SOTTO_INLINE std::size_t rows_of(const Args& a, std::size_t block) noexcept {
  const std::size_t left = a.rows - block * kBlockRows;
  return left < kBlockRows ? left : kBlockRows;
}

// A block is read from memory once: two passes over each chunk, then the union of the chunks by
// Chan, Golub and LeVeque, 1979.
template <class L>
SOTTO_INLINE void moments(const Args& a, Range items) noexcept {
  for (std::size_t i = items.begin; i < items.end; ++i) {
    const float* x = a.x + i * kBlockRows * a.cols;
    const std::size_t count = rows_of(a, i) * a.cols;
    double mean = 0.0;
    double squares = 0.0;
    for (std::size_t done = 0; done < count; done += kChunk) {
      const std::size_t chunk = count - done < kChunk ? count - done : kChunk;
      const Deviations d = deviations<L>(x + done, chunk);
      const double n = static_cast<double>(chunk);
      const double shift = d.sum / n;
      const double inner = d.squares - d.sum * shift;
      const double distance = d.centre + shift - mean;
      const double share = n / static_cast<double>(done + chunk);
      mean += distance * share;
      squares +=
          (inner > 0.0 ? inner : 0.0) + distance * distance * share * static_cast<double>(done);
    }
    a.partials[2 * i] = mean;
    a.partials[2 * i + 1] = squares;
  }
}

// Every call combines all partials for itself, in the same order, so with the same bits.
template <class L>
SOTTO_INLINE void normalise(const Args& a, Range items) noexcept {
  const std::size_t blocks = work_items(a.rows);
  const double rows = static_cast<double>(a.rows);
  double mean = 0.0;
  for (std::size_t i = 0; i < blocks; ++i) {
    mean += a.partials[2 * i] * static_cast<double>(rows_of(a, i));
  }
  mean /= rows;
  double squares = 0.0;
  double between = 0.0;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double distance = a.partials[2 * i] - mean;
    squares += a.partials[2 * i + 1];
    between += distance * distance * static_cast<double>(rows_of(a, i));
  }
  const double var = (squares / static_cast<double>(a.cols) + between) / rows;
  const double scale = 1.0 / __builtin_sqrt(var + a.eps);
  const float centre = static_cast<float>(mean);
  const float shift = static_cast<float>((mean - centre) * scale);

  const std::size_t end = items.end * kBlockRows < a.rows ? items.end * kBlockRows : a.rows;
  for (std::size_t r = items.begin * kBlockRows; r < end; ++r) {
    scale_row<L, true>(a.x + r * a.cols, a.gamma, a.beta, a.y + r * a.cols, a.cols, centre,
                       static_cast<float>(scale), shift);
  }
}

}  // namespace
}  // namespace sotto::kernels::group_norm
