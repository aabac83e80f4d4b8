// Sizes of tensors. Every activation is a matrix [rows, cols]: rows are time (frames, tokens) and
// may vary from run to run, cols are channels and never do.
#pragma once

#include <cstdint>
#include <limits>

#include "lib/tensor/dtype.h"

namespace sotto::tensor {

// A number of rows: fixed, or a named extent that each run sets to a value in [0, maximum].
struct Dim {
  static constexpr std::uint32_t kFixed = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t maximum = 0;
  std::uint32_t extent = kFixed;  // index into the plan's list of extents

  bool fixed() const noexcept { return extent == kFixed; }
  bool operator==(const Dim&) const = default;
};

struct Shape {
  Dim rows;
  std::uint32_t cols = 0;
  Dtype dtype = Dtype::kF32;
};

}  // namespace sotto::tensor
