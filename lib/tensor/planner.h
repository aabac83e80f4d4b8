// Gives buffers with known lifetimes their places in one block of memory.
//
//   Step:     0   1   2   3          plan_memory({{64, 0, 1}, {64, 1, 2}, {64, 2, 3}}) puts the
//   third first     ====                   where the first was: offsets 0, 64, 0 in 128 bytes.
//   second        ====
//   third             ====
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <span>
#include <vector>

namespace sotto::tensor {

inline constexpr std::size_t kAlignment = 64;  // a cache line, and a ZMM register

// Needed from step `first` to step `last`, both included.
struct Buffer {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct Layout {
  std::vector<std::size_t> offsets;  // one per buffer, multiples of kAlignment
  std::size_t bytes = 0;             // of the whole block, a multiple of kAlignment
};

// Places the largest first, each into the smallest gap that holds it between the buffers alive at
// the same time (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference,
// 2020, greedy by size). Buffers alive together never overlap. Error if the sum overflows.
Result<Layout> plan_memory(std::span<const Buffer> buffers);

}  // namespace sotto::tensor
