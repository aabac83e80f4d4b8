#include "lib/decode/dtw.h"

#include <algorithm>
#include <limits>

namespace sotto::decode {
namespace {

enum Step : std::uint8_t { kBoth, kDown, kRight };

// steps[row, column]: how the best path gets there.
std::vector<Step> best_steps(std::span<const float> cost, std::size_t rows, std::size_t columns) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<Step> steps(rows * columns);
  std::vector<float> sums(columns, kInfinity);  // of the row above, then of this one
  for (std::size_t row = 0; row < rows; ++row) {
    const float* cells = cost.data() + row * columns;
    Step* made = steps.data() + row * columns;
    float both = row == 0 ? 0.0F : kInfinity;  // the sum above to the left
    float right = kInfinity;                   // the sum to the left
    for (std::size_t column = 0; column < columns; ++column) {
      const float down = sums[column];
      const bool is_both = both < down && both < right;
      const bool is_down = down < both && down < right;
      made[column] = is_both ? kBoth : is_down ? kDown : kRight;
      right = cells[column] + (is_both ? both : is_down ? down : right);
      both = down;
      sums[column] = right;
    }
  }
  return steps;
}

}  // namespace

WarpingPath dtw(std::span<const float> cost, std::size_t rows, std::size_t columns) {
  const std::vector<Step> steps = best_steps(cost, rows, columns);
  WarpingPath path;
  path.rows.reserve(rows + columns);
  path.columns.reserve(rows + columns);
  // Counted from 1, so that 0 is before the first one.
  std::size_t row = rows;
  std::size_t column = columns;
  while (row > 0 || column > 0) {
    path.rows.push_back(static_cast<std::int32_t>(row) - 1);
    path.columns.push_back(static_cast<std::int32_t>(column) - 1);
    const Step step = column == 0 ? kDown
                      : row == 0  ? kRight
                                  : steps[(row - 1) * columns + column - 1];
    if (step != kRight) --row;
    if (step != kDown) --column;
  }
  std::reverse(path.rows.begin(), path.rows.end());
  std::reverse(path.columns.begin(), path.columns.end());
  return path;
}

}  // namespace sotto::decode
