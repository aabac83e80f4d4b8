// Panels of 8- and 4-bit weights: how they are filled, and one weight of them at a time. For the
// tables, the references and the embeddings.
#pragma once

#include <cstring>

#include "kernels/gemm_q8/gemm_q8.h"
#include "kernels/half.h"

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

// One row's values to every panel * kGroup-th byte, each XORed with `flip`.
template <std::size_t kGroup>
void scatter(const std::uint8_t* values, std::size_t bytes, std::size_t panel, std::uint8_t flip,
             std::uint8_t* to) noexcept {
  for (std::size_t p = 0; p < bytes; p += kGroup, to += panel * kGroup) {
    for (std::size_t g = 0; g < kGroup; ++g) {
      to[g] = static_cast<std::uint8_t>(values[p + g] ^ flip);
    }
  }
}

// The pack() of either op.
template <typename Bits>
void pack_panels(const std::uint8_t* w, std::size_t row, std::size_t rows, std::size_t n,
                 std::size_t k, Layout layout, std::uint8_t* packed) noexcept {
  const std::size_t blocks = k / kTerms, panel = layout.panel;
  const std::size_t block_bytes = panel * (kScaleBytes + Bits::kBytes);
  const std::uint8_t flip = layout.biased ? 0x80 : 0;
  for (std::size_t j = row; j < row + rows; ++j) {
    std::uint8_t* to = packed + j / panel * blocks * block_bytes;
    for (std::size_t b = 0; b < blocks; ++b, to += block_bytes) {
      std::memcpy(to + kScaleBytes * (j % panel), w, kScaleBytes);
      std::uint8_t* values = to + kScaleBytes * panel + j % panel * layout.group;
      w += kScaleBytes;
      switch (layout.group) {
        case 2: scatter<2>(w, Bits::kBytes, panel, flip, values); break;
        case 4: scatter<4>(w, Bits::kBytes, panel, flip, values); break;
        case 8: scatter<8>(w, Bits::kBytes, panel, flip, values); break;
        default: scatter<16>(w, Bits::kBytes, panel, flip, values);
      }
      w += Bits::kBytes;
    }
  }
  if (row + rows != n || n % panel == 0) return;
  std::uint8_t* to = packed + n / panel * blocks * block_bytes;
  const std::size_t used = n % panel, past = panel - used;
  for (std::size_t b = 0; b < blocks; ++b, to += block_bytes) {
    std::memset(to + kScaleBytes * used, 0, kScaleBytes * past);
    std::uint8_t* values = to + kScaleBytes * panel;
    for (std::size_t t = 0; t < Bits::kBytes / layout.group; ++t) {
      std::memset(values + (t * panel + used) * layout.group, 0, past * layout.group);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
