// AMX's tile registers. Of a product of tiles, C [m, n] += A [m, k] B [k, n]: a row of A or C is a
// tile's row; B has the terms in groups of 4 bytes, [k / group, n, group].
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace sotto::kernels::gemm {
namespace {

inline constexpr std::size_t kTileColumns = 16;  // of a row of 64 bytes, four bytes each
inline constexpr std::size_t kTileBytes = 64;    // of a row, at most

// Rows, at most 16, and bytes of a row, both positive.
struct TileShape {
  std::uint8_t rows;
  std::uint8_t bytes;
};

// What tile instructions read must be in memory before them: g++ 12's headers do not say that
// TILELOADD and LDTILECFG read any.
[[gnu::always_inline]] inline void finish_writes() { __asm__ volatile("" ::: "memory"); }

// The eight registers, shaped, while it lives. Then they are given back, so that no other code pays
// for their state.
class Tiles {
 public:
  [[gnu::always_inline]] inline explicit Tiles(const TileShape (&shapes)[8]) {
    struct {
      std::uint8_t palette, start_row, reserved[14];
      std::uint16_t bytes[16];
      std::uint8_t rows[16];
    } configuration = {1, 0, {}, {}, {}};
    static_assert(sizeof configuration == 64);
    for (std::size_t i = 0; i < 8; ++i) {
      configuration.bytes[i] = shapes[i].bytes;
      configuration.rows[i] = shapes[i].rows;
    }
    // Its address in an assembler statement that clobbers memory: all of it is read.
    __asm__ volatile("" ::"r"(&configuration) : "memory");
    _tile_loadconfig(&configuration);
  }
  [[gnu::always_inline]] inline ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

}  // namespace
}  // namespace sotto::kernels::gemm
