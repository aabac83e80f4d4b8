#include <cstring>

#include "kernels/split_kv/split_kv_parts.h"

namespace sotto::kernels::split_kv {
namespace {

[[gnu::always_inline]] inline void split_keys(const float* k, std::size_t ldk, std::size_t count,
                                              Layout layout, std::uint16_t* keys) noexcept {
  for (std::size_t j = 0; j < count; ++j) {
    std::uint16_t* key = keys + j * layout.key_stride();
    for (std::size_t d = 0; d < layout.key_stride(); d += kLanes) {
      const std::size_t left = d < layout.head_dim ? layout.head_dim - d : 0;
      const Parts parts(left > 0 ? load(k + j * ldk + d, left) : Simd::zero());
      store_row(key + d, parts.high);
      store_row(key + layout.keys() + d, parts.low);
    }
  }
  const std::size_t used = count * layout.key_stride();
  std::memset(keys + used, 0, (layout.keys() - used) * sizeof *keys);
  std::memset(keys + layout.keys() + used, 0, (layout.keys() - used) * sizeof *keys);
}

// Dimensions d to d + kLanes of the values, dims of them there.
[[gnu::always_inline]] inline void split_values(const float* v, std::size_t ldv, std::size_t count,
                                                std::size_t dims, std::size_t low_at,
                                                std::uint16_t* values) noexcept {
  for (std::size_t j = 0; j < kKeys; j += 2) {
    const auto parts = [&](std::size_t key) __attribute__((always_inline)) {
      return Parts(key < count ? load(v + key * ldv, dims) : Simd::zero());
    };
    const Parts a = parts(j), b = parts(j + 1);
    alignas(64) std::uint32_t high[kLanes], low[kLanes];
    _mm512_store_si512(high, pair(a.high, b.high));
    _mm512_store_si512(low, pair(a.low, b.low));
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::memcpy(values + lane * kKeys + j, high + lane, sizeof high[0]);
      std::memcpy(values + low_at + lane * kKeys + j, low + lane, sizeof low[0]);
    }
  }
}

}  // namespace

void f32_avx512(const Args& a, Range items) noexcept {
  const Layout layout{a.head_dim};
  const auto keys = [&](std::uint16_t * packed, const float* k, std::size_t count)
      __attribute__((always_inline)) {
    split_keys(k, a.ldk, count, layout, packed);
  };
  const auto values = [&](std::uint16_t * packed, const float* v, std::size_t count)
      __attribute__((always_inline)) {
    for (std::size_t d = 0; d < a.head_dim; d += kLanes) {
      split_values(v + d, a.ldv, count, a.head_dim - d, layout.values(),
                   packed + 2 * layout.keys() + d * kKeys);
    }
  };
  attention::for_blocks(a, items, layout.size(), keys, values);
}

}  // namespace sotto::kernels::split_kv
