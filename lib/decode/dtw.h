// Dynamic time warping: which columns belong to which rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sotto::decode {

// Cell after cell, from the first to the last.
struct WarpingPath {
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> columns;
};

// The path of the smallest sum through `cost`, [rows, columns], from its first cell to its last
// one, in steps down, right, or both. Sums are f32. As in openai/whisper's dtw_cpu() (timing.py) a
// step is both where that is less than down and than right, down where that is less than the two
// others, else right: so it is right, even at a higher sum, where the two others are equal, and
// where not-a-numbers leave nothing to compare. A path that is led off the first column by that, or
// for want of columns, goes on in column -1. Requires: rows > 0.
WarpingPath dtw(std::span<const float> cost, std::size_t rows, std::size_t columns);

}  // namespace sotto::decode
