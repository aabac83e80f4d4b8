// The products of attention_q8_blocks.h in vector registers. A variant's Simd has also
//   dot(sum, lanes, row)    sum[i] + the sum of lanes' four bytes i times row's, signed ones
//   kByElement              whether there is dot_element<i>(sum, lanes, row): dot with row's four
//                           bytes i, i < 4, of a vector of 16
//   keep(I32)               ends the computation of a sum: g++ 12 would rather copy all sums of a
//                           tile in each step, and spill them
//   kTileRows, kTileVectors the register tile
#pragma once

#include <type_traits>

#include "kernels/attention_q8/attention_q8_blocks.h"

namespace sotto::kernels::attention_q8 {
namespace {

// Four fours of each row at once, where an instruction takes an element of a vector for all lanes.
// With a broadcast for each 16 products take 13.3 cycles on a Cortex-A76 and 66 on an A55, with
// elements 8.3 and 25 (llvm-mca 14, which knows no cache).
template <typename S, std::size_t kRows, std::size_t kVectors>
[[gnu::always_inline]] inline void four_fours(const std::int8_t* rows, std::size_t stride,
                                              const std::uint8_t* b,
                                              I32 (&acc)[kRows][kVectors]) noexcept {
  I32 bytes[kRows];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) bytes[r] = Simd::load_ints(rows + r * stride);
  const auto step = [&]<int kElement>(std::integral_constant<int, kElement>)
      __attribute__((always_inline)) {
    I32 col[kVectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      col[v] = Simd::load_ints(b + (kElement * kBlock + v * kLanes) * kFour);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) {
        acc[r][v] = S::template dot_element<kElement>(acc[r][v], col[v], bytes[r]);
        Simd::keep(acc[r][v]);
      }
    }
  };
  step(std::integral_constant<int, 0>());
  step(std::integral_constant<int, 1>());
  step(std::integral_constant<int, 2>());
  step(std::integral_constant<int, 3>());
}

// The rows from `row` on and the lanes from `lane` on.
template <std::size_t kRows, std::size_t kVectors, typename Epilogue>
[[gnu::always_inline]] inline void tile(const std::int8_t* rows, std::size_t stride,
                                        std::size_t row, const std::uint8_t* b, std::size_t fours,
                                        std::size_t lane, const Epilogue& epilogue) noexcept {
  rows += row * stride;
  b += lane * kFour;
  I32 acc[kRows][kVectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) acc[r][v] = Simd::set_ints(epilogue.start(row + r));
  }
  std::size_t i = 0;
  if constexpr (Simd::kByElement) {
    for (; i + 4 <= fours; i += 4)
      four_fours<Simd, kRows>(rows + i * kFour, stride, b + i * kBlock * kFour, acc);
  }
  for (; i < fours; ++i) {
    I32 col[kVectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      col[v] = Simd::load_ints(b + (i * kBlock + v * kLanes) * kFour);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      std::int32_t four;
      std::memcpy(&four, rows + r * stride + i * kFour, sizeof four);
      const I32 bytes = Simd::set_ints(four);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) {
        acc[r][v] = Simd::dot(acc[r][v], col[v], bytes);
        Simd::keep(acc[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      epilogue.finish(row + r, lane + v * kLanes, acc[r][v]);
    }
  }
}

struct VectorProduct {
  static constexpr std::size_t fours(std::size_t count) noexcept { return count; }
  static constexpr std::size_t lanes(std::size_t count) noexcept { return count; }

  template <typename Epilogue>
  [[gnu::always_inline]] static inline void run(const std::int8_t* rows, std::size_t stride,
                                                std::size_t count, const std::uint8_t* b,
                                                std::size_t fours, std::size_t lanes,
                                                const Epilogue& epilogue) noexcept {
    constexpr std::size_t kFull = Simd::kTileVectors;
    static_assert(kFull == 2 || kFull == 3);
    std::size_t lane = 0;
    for (; lane + kFull * kLanes <= lanes; lane += kFull * kLanes) {
      some_lanes<kFull>(rows, stride, count, b, fours, lane, epilogue);
    }
    if (lane + 2 * kLanes == lanes) {
      some_lanes<2>(rows, stride, count, b, fours, lane, epilogue);
    } else if (lane + kLanes == lanes) {
      some_lanes<1>(rows, stride, count, b, fours, lane, epilogue);
    }
  }

 private:
  template <std::size_t kVectors, typename Epilogue>
  static void some_lanes(const std::int8_t* rows, std::size_t stride, std::size_t count,
                         const std::uint8_t* b, std::size_t fours, std::size_t lane,
                         const Epilogue& epilogue) noexcept {
    std::size_t r = 0;
    for (; r + Simd::kTileRows <= count; r += Simd::kTileRows) {
      tile<Simd::kTileRows, kVectors>(rows, stride, r, b, fours, lane, epilogue);
    }
    for (; r < count; ++r) tile<1, kVectors>(rows, stride, r, b, fours, lane, epilogue);
  }
};

}  // namespace
}  // namespace sotto::kernels::attention_q8
