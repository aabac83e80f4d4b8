// The loop that the instruction sets share.
#pragma once

#include "kernels/add/add.h"
#include "kernels/lanes.h"

namespace sotto::kernels::add {
namespace {

template <class L>
SOTTO_INLINE void run(const Args& a, Range items) noexcept {
  using V = typename L::V;
  constexpr std::size_t kStep = L::kCount;
  const std::size_t end = items.end * kBlock < a.count ? items.end * kBlock : a.count;
  std::size_t i = items.begin * kBlock;
  for (; i + kStep <= end; i += kStep) {
    (V::load_unaligned(a.a + i) + V::load_unaligned(a.b + i)).store_unaligned(a.y + i);
  }
  if (i < end) {
    const std::size_t tail = end - i;
    L::store_first(a.y + i, L::load_first(a.a + i, tail) + L::load_first(a.b + i, tail), tail);
  }
}

}  // namespace
}  // namespace sotto::kernels::add
