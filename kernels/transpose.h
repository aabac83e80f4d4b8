// Small units of rows to where they lie row beside row: the step that all packing of weights is
// made of. Baseline instructions; never of a variant's own file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sotto::kernels {
namespace {

template <typename Unit>
struct Transposer {
  static constexpr std::size_t kSize = sizeof(Unit);
  static constexpr std::size_t kTile = 16 / kSize;  // units of a register, registers of a tile
  typedef Unit Register __attribute__((vector_size(16)));

  // The lower or upper halves of two registers, one unit of each after the other.
  template <std::size_t kFrom, std::size_t... i>
  static Register zip(Register a, Register b, std::index_sequence<i...>) noexcept {
    return __builtin_shufflevector(a, b, (i % 2 * kTile + kFrom + i / 2)...);
  }

  // to[u, r] = from[r, u] ^ flip of kTile rows and units.
  static void tile(const std::uint8_t* from, std::size_t from_stride, Unit flip, std::uint8_t* to,
                   std::size_t to_stride) noexcept {
    constexpr auto kUnits = std::make_index_sequence<kTile>();
    Register x[kTile], y[kTile];
    for (std::size_t r = 0; r < kTile; ++r) {
      std::memcpy(&x[r], from + r * from_stride, sizeof x[r]);
      x[r] ^= flip;
    }
    for (std::size_t step = 1; step < kTile; step *= 2) {
      for (std::size_t i = 0; i < kTile / 2; ++i) {
        y[2 * i] = zip<0>(x[i], x[i + kTile / 2], kUnits);
        y[2 * i + 1] = zip<kTile / 2>(x[i], x[i + kTile / 2], kUnits);
      }
      std::memcpy(x, y, sizeof x);
    }
    for (std::size_t u = 0; u < kTile; ++u) std::memcpy(to + u * to_stride, &x[u], sizeof x[u]);
  }
};

// to[u, r] = from[r, u] ^ flip for `rows` rows of `units` units. Strides are of from's rows and
// to's units, in bytes; nothing needs to be aligned.
template <typename Unit>
void transpose(const std::uint8_t* from, std::size_t from_stride, std::size_t rows,
               std::size_t units, Unit flip, std::uint8_t* to, std::size_t to_stride) noexcept {
  using Tile = Transposer<Unit>;
  constexpr std::size_t kSize = Tile::kSize, kTile = Tile::kTile;
  const std::size_t whole_rows = rows / kTile * kTile, whole_units = units / kTile * kTile;
  const auto one = [&](std::size_t r, std::size_t u) {
    Unit unit;
    std::memcpy(&unit, from + r * from_stride + u * kSize, kSize);
    unit ^= flip;
    std::memcpy(to + u * to_stride + r * kSize, &unit, kSize);
  };
  for (std::size_t u = 0; u < whole_units; u += kTile) {
    for (std::size_t r = 0; r < whole_rows; r += kTile) {
      Tile::tile(from + r * from_stride + u * kSize, from_stride, flip,
                 to + u * to_stride + r * kSize, to_stride);
    }
    for (std::size_t r = whole_rows; r < rows; ++r) {
      for (std::size_t i = u; i < u + kTile; ++i) one(r, i);
    }
  }
  for (std::size_t u = whole_units; u < units; ++u) {
    for (std::size_t r = 0; r < rows; ++r) one(r, u);
  }
}

}  // namespace
}  // namespace sotto::kernels
