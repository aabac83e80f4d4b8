// A tensor as a model file describes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/checked.h"
#include "lib/tensor/dtype.h"

namespace sotto::format {

// The most dimensions and the longest name that any of the readers takes.
inline constexpr std::size_t kMaxRank = 8;
inline constexpr std::size_t kMaxTensorName = 256;

// The number of elements, or nothing if it does not fit. Neither does any product of some of the
// dimensions then, also where another of them is 0.
inline std::optional<std::uint64_t> element_count(std::span<const std::uint64_t> shape) noexcept {
  std::uint64_t product = 1;
  bool empty = false;
  for (const std::uint64_t dim : shape) {
    empty = empty || dim == 0;
    if (dim == 0) continue;
    const auto next = base::checked_mul(product, dim);
    if (!next) return std::nullopt;
    product = *next;
  }
  return empty ? 0 : product;
}

// `data` is exactly as long as dtype and shape say and points into the file that gave it. Its
// alignment is whatever the file has.
struct TensorInfo {
  std::string name;
  tensor::Dtype dtype;
  std::vector<std::uint64_t> shape;  // outermost dimension first; empty: a single value
  std::span<const std::byte> data;

  // A checked file has no shape whose product does not fit.
  std::uint64_t elements() const noexcept { return element_count(shape).value_or(0); }
};

}  // namespace sotto::format
