// Panels of 8- and 4-bit weights: how they are filled, and one weight of them at a time. For the
// tables, the references and the embeddings.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/gemm_q8/gemm_q8.h"
#include "kernels/half.h"
#include "kernels/transpose.h"

namespace sotto::kernels::gemm_q8 {
namespace {

// The types of weights: the bytes of a column's block, and the term's value from its panel's block.
struct Eight {
  static constexpr std::size_t kBytes = kTerms;  // of values
  static float value(const std::uint8_t* values, std::size_t column, std::size_t p,
                     Layout layout) noexcept {
    const std::size_t g = layout.group;
    const std::uint8_t byte = values[(p / g * layout.panel + column) * g + p % g];
    return static_cast<float>(layout.biased ? byte - 128 : static_cast<std::int8_t>(byte));
  }
};
struct Four {
  static constexpr std::size_t kBytes = kTerms / 2;
  static float value(const std::uint8_t* values, std::size_t column, std::size_t p,
                     Layout layout) noexcept {
    const std::size_t g = layout.group, low = p % kBytes;
    const std::uint8_t byte = values[(low / g * layout.panel + column) * g + low % g];
    return static_cast<float>((p < kBytes ? byte & 15 : byte >> 4) - 8);
  }
};

// A column's block of terms in a panel.
template <typename Bits>
class Column {
 public:
  Column(const std::uint8_t* packed, std::size_t j, std::size_t b, std::size_t k, Layout layout)
      : column_(j % layout.panel), layout_(layout) {
    const std::size_t blocks = j / layout.panel * (k / kTerms) + b;
    block_ = packed + blocks * layout.panel * (kScaleBytes + Bits::kBytes);
  }
  float scale() const noexcept {
    std::uint16_t bits;
    std::memcpy(&bits, block_ + kScaleBytes * column_, sizeof bits);
    return widen(F16{bits});
  }
  float value(std::size_t p) const noexcept {
    return Bits::value(block_ + kScaleBytes * layout_.panel, column_, p, layout_);
  }

 private:
  const std::uint8_t* block_;
  std::size_t column_;
  Layout layout_;
};

// Row j of the matrix [n, k]: each value times its scale.
template <typename Bits>
void unpack_row(const std::uint8_t* packed, std::size_t j, std::size_t k, Layout layout,
                float* y) noexcept {
  for (std::size_t b = 0; b < k / kTerms; ++b, y += kTerms) {
    const Column<Bits> column(packed, j, b, k, layout);
    const float scale = column.scale();
    for (std::size_t p = 0; p < kTerms; ++p) y[p] = scale * column.value(p);
  }
}

// The values of a block of `rows` rows, `stride` bytes from one to the next, to a panel's block:
// groups of Unit's size.
template <typename Bits, typename Unit>
void pack_groups(const std::uint8_t* from, std::size_t stride, std::size_t rows, Layout layout,
                 std::uint8_t* to) noexcept {
  const auto flip = static_cast<Unit>(layout.biased ? 0x8080808080808080 : 0);
  transpose<Unit>(from, stride, rows, Bits::kBytes / sizeof(Unit), flip, to,
                  layout.panel * sizeof(Unit));
}

template <typename Bits>
void pack_block(const std::uint8_t* from, std::size_t stride, std::size_t rows, Layout layout,
                std::uint8_t* to) noexcept {
  switch (layout.group) {
    case 2: return pack_groups<Bits, std::uint16_t>(from, stride, rows, layout, to);
    case 4: return pack_groups<Bits, std::uint32_t>(from, stride, rows, layout, to);
    case 8: return pack_groups<Bits, std::uint64_t>(from, stride, rows, layout, to);
    default: break;
  }
  for (std::size_t r = 0; r < rows; ++r, from += stride, to += 16) {
    for (std::size_t p = 0; p < Bits::kBytes; p += 16) {
      std::memcpy(to + p * layout.panel, from + p, 16);
    }
  }
}

// The pack() of either op.
template <typename Bits>
void pack_panels(const std::uint8_t* w, std::size_t row, std::size_t rows, std::size_t n,
                 std::size_t k, Layout layout, std::uint8_t* packed) noexcept {
  constexpr std::size_t kColumn = kScaleBytes + Bits::kBytes;
  const std::size_t blocks = k / kTerms, panel = layout.panel, stride = blocks * kColumn;
  for (std::size_t r = 0; r < rows;) {
    const std::size_t first = (row + r) % panel, here = std::min(panel - first, rows - r);
    std::uint8_t* to = packed + (row + r) / panel * panel * stride;
    for (std::size_t b = 0; b < blocks; ++b, to += panel * kColumn) {
      const std::uint8_t* const from = w + b * kColumn;
      for (std::size_t i = 0; i < here; ++i) {
        std::memcpy(to + kScaleBytes * (first + i), from + i * stride, kScaleBytes);
      }
      pack_block<Bits>(from + kScaleBytes, stride, here, layout,
                       to + kScaleBytes * panel + first * layout.group);
    }
    r += here;
    w += here * stride;
  }
  if (row + rows != n || n % panel == 0) return;
  std::uint8_t* to = packed + n / panel * panel * stride;
  const std::size_t used = n % panel, past = panel - used;
  for (std::size_t b = 0; b < blocks; ++b, to += panel * kColumn) {
    std::memset(to + kScaleBytes * used, 0, kScaleBytes * past);
    std::uint8_t* values = to + kScaleBytes * panel;
    for (std::size_t t = 0; t < Bits::kBytes / layout.group; ++t) {
      std::memset(values + (t * panel + used) * layout.group, 0, past * layout.group);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
