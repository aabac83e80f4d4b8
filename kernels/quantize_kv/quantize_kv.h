// Keys and values in 8 bits: what attention_q8 multiplies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/attention/attention_packed.h"
#include "kernels/isa.h"

namespace sotto::kernels::quantize_kv {

using attention::round_up;

inline constexpr std::size_t kKeys = attention::kPackedKeys;
inline constexpr std::size_t kMaxHeadDim = attention::kMaxHeadDim;

// Magnitudes whose largest is smaller count as zeros, so that no quotient overflows.
inline constexpr float kSmallest = 0x1p-100F;

// Where the parts of a block lie, in bytes from its first; each is a multiple of 64 bytes.
struct Layout {
  std::size_t head_dim;

  // Of a key: its dimensions, padded with zeros for products of four.
  constexpr std::size_t key_stride() const noexcept { return round_up(head_dim, 4); }
  // Of the values: kKeys to a row, a row for each dimension, padded with rows of zeros.
  constexpr std::size_t value_rows() const noexcept { return round_up(head_dim, 16); }

  static constexpr std::size_t key_scales() noexcept { return 0; }  // float [kKeys]
  // int32 [kKeys]: -128 * the sum of the key's bytes, what a product with bytes that are 128 too
  // large starts from
  static constexpr std::size_t key_offsets() noexcept { return 4 * kKeys; }
  static constexpr std::size_t value_scales() noexcept { return 8 * kKeys; }  // float [value_rows]
  // int8 [kKeys, key_stride]
  constexpr std::size_t keys() const noexcept { return value_scales() + 4 * value_rows(); }
  // int8 [value_rows, kKeys]
  constexpr std::size_t values() const noexcept { return keys() + kKeys * key_stride(); }
  constexpr std::size_t bytes() const noexcept { return values() + value_rows() * kKeys; }
};

// Of all blocks: [kv_heads, ceil(keys / kKeys)] of them.
constexpr std::size_t packed_size(std::size_t keys, std::size_t kv_heads,
                                  std::size_t head_dim) noexcept {
  return kv_heads * ceil_div(keys, kKeys) * Layout{head_dim}.bytes();
}

// A key has one scale, a dimension of the values has one for each block of keys. With a the largest
// magnitude of the numbers that share a scale:
//   scale = a / 127, byte = round(x * (127 / a)), half to even;
//   all zero if a < kSmallest;
//   scale NaN and the bytes zero if one of the numbers is not finite.
// Keys past the last of the last block are zeros. Every operation is that of a float, rounded once:
// all variants give the same bits.
using Args = attention::PackArgsOf<std::uint8_t>;
using Fn = void (*)(const Args&, Range) noexcept;

void f32_ref(const Args& a, Range items) noexcept;
void f32_avx2(const Args& a, Range items) noexcept;
void f32_avx512(const Args& a, Range items) noexcept;
void f32_neon(const Args& a, Range items) noexcept;

// Every implementation built for this architecture, best first, f32_ref last.
std::span<const Variant<Fn>> variants() noexcept;

}  // namespace sotto::kernels::quantize_kv
