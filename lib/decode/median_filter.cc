#include "lib/decode/median_filter.h"

#include <algorithm>
#include <bit>

namespace sotto::decode {
namespace {

constexpr std::size_t kReach = 3;

// The bits of a float as an integer of the same order. Smallest and largest of integers make SIMD
// loops, and know what to do with a not-a-number.
inline std::int32_t key(float value) noexcept {
  constexpr std::int32_t kNan = 0x7FC00000;  // above infinity, whatever sign it came with
  const auto bits = std::bit_cast<std::int32_t>(value);
  return value != value ? kNan : bits ^ ((bits >> 31) & 0x7FFFFFFF);
}

inline float value_of(std::int32_t key) noexcept {
  return std::bit_cast<float>(key ^ ((key >> 31) & 0x7FFFFFFF));
}

inline void order(std::int32_t& a, std::int32_t& b) noexcept {
  const std::int32_t smaller = a < b ? a : b;
  b = a < b ? b : a;
  a = smaller;
}

}  // namespace

void median_filter(std::span<const float> x, std::span<float> y,
                   std::vector<std::int32_t>& scratch) {
  const std::size_t count = x.size();
  if (count <= kReach) {
    std::copy(x.begin(), x.end(), y.begin());
    return;
  }
  scratch.resize(count + 2 * kReach);
  std::int32_t* keys = scratch.data();
  for (std::size_t t = 0; t < count; ++t) keys[kReach + t] = key(x[t]);
  for (std::size_t t = 1; t <= kReach; ++t) {
    keys[kReach - t] = keys[kReach + t];
    keys[kReach + count - 1 + t] = keys[kReach + count - 1 - t];
  }
  float* out = y.data();
  for (std::size_t t = 0; t < count; ++t) {
    std::int32_t a = keys[t], b = keys[t + 1], c = keys[t + 2], d = keys[t + 3];
    std::int32_t e = keys[t + 4], f = keys[t + 5], g = keys[t + 6];
    // A network of 13 exchanges leaves the median in d; the test tries it on all 2^7 orders of
    // zeros and ones, which proves it (Knuth, The Art of Computer Programming 3, 5.3.4, theorem Z).
    order(a, f), order(a, d), order(b, g), order(c, e), order(a, b), order(d, f), order(c, g);
    order(c, d), order(d, g), order(e, f), order(b, e), order(b, d), order(d, e);
    out[t] = value_of(d);
  }
}

}  // namespace sotto::decode
