// Keys and values as sums of two bfloat16 numbers: what attention_split multiplies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/attention/attention_packed.h"

namespace sotto::kernels::split_kv {

using attention::round_up;

inline constexpr std::size_t kKeys = attention::kPackedKeys;
inline constexpr std::size_t kMaxHeadDim = 64;  // so that attention_split's scratch fits the stack

// Where the parts of a block lie, in numbers of 16 bits from its first; each is a multiple of 64
// bytes. Every part is there twice: of all high numbers, then of all low ones.
struct Layout {
  std::size_t head_dim;

  // Of a key: its dimensions and zeros.
  constexpr std::size_t key_stride() const noexcept { return round_up(head_dim, 32); }
  // Of the values: kKeys to a row, a row for each dimension and rows of zeros.
  constexpr std::size_t value_rows() const noexcept { return round_up(head_dim, 16); }

  constexpr std::size_t keys() const noexcept { return kKeys * key_stride(); }    // of one part
  constexpr std::size_t values() const noexcept { return value_rows() * kKeys; }  // of one part
  constexpr std::size_t size() const noexcept { return 2 * (keys() + values()); }
};

// Numbers of 16 bits in all blocks: [kv_heads, ceil(keys / kKeys)] of them.
constexpr std::size_t packed_size(std::size_t keys, std::size_t kv_heads,
                                  std::size_t head_dim) noexcept {
  return kv_heads * ceil_div(keys, kKeys) * Layout{head_dim}.size();
}

// A block is [2, kKeys, key_stride] of keys and [2, value_rows, kKeys] of values, transposed. Of a
// number x, high = bfloat16(x) and low = bfloat16(x - high), both to nearest, ties away from zero:
// |x - high - low| <= 2^-16 |x|, but for what is below 2^-126. Both are NaN if x is, and one of
// them is if |x| >= 2^127. Keys past the last of the last block are zeros. All variants give the
// same bits.
using Args = attention::PackArgsOf<std::uint16_t>;
using Fn = void (*)(const Args&, Range) noexcept;

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::split_kv
