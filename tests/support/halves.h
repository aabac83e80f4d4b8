// A buffer of 16-bit floats and the same numbers as floats.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/half.h"
#include "tests/support/guarded.h"

namespace sotto::test {

// Uniform values in [lo, hi), rounded to f16. Both buffers are guarded.
struct Halves {
  Halves(std::size_t count, float lo, float hi, std::uint32_t seed) : floats(count), halves(count) {
    fill(floats, lo, hi, seed);
    for (std::size_t i = 0; i < count; ++i) {
      kernels::narrow(floats[i], halves[i]);
      floats[i] = kernels::widen(halves[i]);
    }
  }
  Guarded<float> floats;
  Guarded<kernels::F16> halves;
};

}  // namespace sotto::test
