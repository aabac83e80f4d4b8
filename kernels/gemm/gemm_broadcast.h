// The product of kRows rows with one panel where an element of x is broadcast from memory (x86).
#pragma once

#include "kernels/gemm/gemm_form.h"

namespace sotto::kernels::gemm {
namespace {

// One pointer for every three rows, the others by an index of ldx or 2 * ldx: the addressing modes
// of x86 reach all rows of a tile with five pointers, where one each would not fit the registers.
// Multiply::fma(a, b, c) adds to c what an element of x and the weights make.
template <std::size_t kRows, typename Multiply>
void product(const float* x, std::size_t ldx, const float* w, std::size_t k, float* sums) {
  constexpr std::size_t kVecs = Simd::kVecs;
  constexpr std::size_t kGroups = (kRows + 2) / 3;
  constexpr std::size_t kUnroll = 4;

  const float* group[kGroups];
  for (std::size_t g = 0; g < kGroups; ++g) group[g] = x + 3 * g * ldx;
  Vec acc[kRows][kVecs];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) {
      acc[r][v] = Simd::load(sums + r * Simd::kPanel + v * Simd::kLanes);
    }
  }

  const auto step = [&](std::size_t p) __attribute__((always_inline)) {
    Vec b[kVecs];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v)
      b[v] = Simd::load(w + p * Simd::kPanel + v * Simd::kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec e = Simd::set(group[r / 3][r % 3 * ldx + p]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVecs; ++v) acc[r][v] = Multiply::fma(e, b[v], acc[r][v]);
    }
  };
  std::size_t p = 0;
  for (; p + kUnroll <= k; p += kUnroll) {
#pragma GCC unroll 4
    for (std::size_t u = 0; u < kUnroll; ++u) step(u);
#pragma GCC unroll 8
    for (std::size_t g = 0; g < kGroups; ++g) group[g] += kUnroll;
    w += kUnroll * Simd::kPanel;
  }
  for (std::size_t u = 0; p + u < k; ++u) step(u);

#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) {
      Simd::store(sums + r * Simd::kPanel + v * Simd::kLanes, acc[r][v]);
    }
  }
}

// product<1> .. product<kTileRows>.
template <typename Multiply = Simd>
struct ProductTable {
  Product of[Simd::kTileRows];
  constexpr ProductTable() : of{} { fill<Simd::kTileRows>(); }

 private:
  template <std::size_t kRows>
  constexpr void fill() {
    of[kRows - 1] = product<kRows, Multiply>;
    if constexpr (kRows > 1) fill<kRows - 1>();
  }
};
constexpr ProductTable<> kProducts;

}  // namespace
}  // namespace sotto::kernels::gemm
