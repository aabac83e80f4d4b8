// The running median over seven values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sotto::decode {

// y[t] = the median of x[t - 3] ... x[t + 3], where x is reflected at its ends: x[-1] is x[1]. A
// not-a-number counts as larger than every number. Three values or fewer, too few to be reflected,
// stay as they are (openai/whisper, timing.py, median_filter()). Requires: y.size() == x.size(), no
// overlap; `scratch` is kept from call to call to spare allocations.
void median_filter(std::span<const float> x, std::span<float> y,
                   std::vector<std::int32_t>& scratch);

}  // namespace sotto::decode
