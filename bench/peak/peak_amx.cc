#include <immintrin.h>

#include "bench/peak/loops.h"

namespace sotto::bench {
namespace {

// All tiles of 16 rows of 64 bytes, zeros.
struct Configuration {
  alignas(64) std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(Configuration) == 64);
constexpr Configuration kAll;

// Of tile 0, and gives all tiles back.
[[gnu::always_inline]] inline float first_and_release() {
  alignas(64) float sums[16 * 16];
  _tile_stored(0, sums, 64);
  _tile_release();
  return sums[0];
}

}  // namespace

float bf16_amx(std::size_t turns) noexcept {
  _tile_loadconfig(&kAll);
  for (std::size_t i = 0; i < turns; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  return first_and_release();
}

float int8_amx(std::size_t turns) noexcept {
  _tile_loadconfig(&kAll);
  for (std::size_t i = 0; i < turns; ++i) {
    _tile_dpbssd(0, 4, 6);
    _tile_dpbssd(1, 4, 7);
    _tile_dpbssd(2, 5, 6);
    _tile_dpbssd(3, 5, 7);
  }
  return first_and_release();
}

}  // namespace sotto::bench
