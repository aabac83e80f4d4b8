#include <bit>
#include <cstring>

#include "kernels/split_kv/split_kv.h"

namespace sotto::kernels::split_kv {
namespace {

std::uint16_t narrow(float x) noexcept {
  return static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(x) + 0x8000U) >> 16);
}

void split(float x, std::uint16_t& high, std::uint16_t& low) noexcept {
  high = narrow(x);
  low = narrow(x - std::bit_cast<float>(std::uint32_t{high} << 16));
}

}  // namespace

void f32_ref(const Args& a, Range items) noexcept {
  const Layout layout{a.head_dim};
  const std::size_t blocks = ceil_div(a.keys, kKeys);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t first = item % blocks * kKeys, column = item / blocks * a.head_dim;
    std::uint16_t* keys = a.packed + item * layout.size();
    std::uint16_t* values = keys + 2 * layout.keys();
    std::memset(keys, 0, layout.size() * sizeof *keys);
    for (std::size_t j = 0; j < kKeys && first + j < a.keys; ++j) {
      for (std::size_t d = 0; d < a.head_dim; ++d) {
        std::uint16_t* key = keys + j * layout.key_stride() + d;
        std::uint16_t* value = values + d * kKeys + j;
        split(a.k[(first + j) * a.ldk + column + d], key[0], key[layout.keys()]);
        split(a.v[(first + j) * a.ldv + column + d], value[0], value[layout.values()]);
      }
    }
  }
}

}  // namespace sotto::kernels::split_kv
