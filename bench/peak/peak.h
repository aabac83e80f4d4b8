// What this machine can do at most: arithmetic in registers alone, reading alone. The limits that
// measured speeds are shares of.
#pragma once

#include <cstddef>
#include <string_view>

#include "kernels/isa.h"

namespace sotto::bench {

// What is multiplied; sums are f32, or i32 for int8.
enum class Product { kF32, kBf16, kInt8 };

std::string_view name(Product product) noexcept;

struct Rate {
  double per_second = 0;     // operations (a multiply-add is two) or bytes; 0: not on this machine
  std::string_view variant;  // of the loop that was measured: "f32_avx512"
};

// Independent multiply-adds on each of `threads` threads, the widest that this CPU has up to `cap`:
// the fastest of several runs of some 10 ms, so that what else the machine does counts little.
Rate measure_peak(Product product, kernels::Isa cap, unsigned threads);

// Reads of `bytes` (each thread its share) again and again: sizes within a cache give the cache's
// rate, larger ones the memory's.
Rate measure_read(std::size_t bytes, kernels::Isa cap, unsigned threads);

}  // namespace sotto::bench
