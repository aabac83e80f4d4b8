// quantize_kv over any instruction set. A variant includes its quantize_kv_simd_<isa>.h, which
// extends attention's Simd by
//   I32                     kLanes integers of 32 bits
//   zero_ints, add, max     of I32
//   store                   an I32, unaligned
//   magnitude(F32)          the bits of |x|: as integers in the order of the numbers, with infinity
//                           and NaN above all others
//   most(I32)               the largest lane
//   to_ints, to_float       to the nearest integers, half to even; and back
//   store_bytes(p, I32)     the lanes, each of -128 to 127, as kLanes bytes
//   pack4(a, b, c, d)       the low bytes of the lanes as the bytes of a lane, a's the lowest
#pragma once

#include <bit>
#include <cstring>

#include "kernels/quantize_kv/quantize_kv_parts.h"

namespace sotto::kernels::quantize_kv {
namespace {

constexpr std::size_t kLanes = Simd::kLanes;
// Room for a row's bytes: whole vectors of them are stored.
constexpr std::size_t kRowBytes = attention::kMaxHeadDim + kLanes;

[[gnu::always_inline]] inline Simd::F32 load(const float* p, std::size_t count) noexcept {
  return count < kLanes ? Simd::load_first(p, count) : Simd::load(p);
}

struct Row {
  float scale;
  std::int32_t sum;
};

// The bytes of x[0..dims), followed by zeros up to a multiple of kLanes.
[[gnu::always_inline]] inline Row quantize_row(const float* x, std::size_t dims,
                                               std::int8_t* bytes) noexcept {
  Simd::I32 most = Simd::zero_ints();
  for (std::size_t d = 0; d < dims; d += kLanes) {
    most = Simd::max(most, Simd::magnitude(load(x + d, dims - d)));
  }
  const Scale s(std::bit_cast<float>(Simd::most(most)));
  const auto factor = Simd::set(s.factor);
  Simd::I32 sum = Simd::zero_ints();
  for (std::size_t d = 0; d < dims; d += kLanes) {
    Simd::I32 q = Simd::zero_ints();
    if (s.factor != 0.0F) q = Simd::to_ints(Simd::mul(load(x + d, dims - d), factor));
    sum = Simd::add(sum, q);
    Simd::store_bytes(bytes + d, q);
  }
  return {s.scale, static_cast<std::int32_t>(Simd::reduce_add(Simd::to_float(sum)))};
}

[[gnu::always_inline]] inline void quantize_keys(const float* k, std::size_t ldk, std::size_t count,
                                                 Layout layout,
                                                 const Block<std::uint8_t>& block) noexcept {
  alignas(64) std::int8_t bytes[kRowBytes] = {};
  for (std::size_t j = 0; j < kKeys; ++j) {
    std::int8_t* key = block.keys + j * layout.key_stride();
    if (j < count) {
      const Row row = quantize_row(k + j * ldk, layout.head_dim, bytes);
      block.key_scales[j] = row.scale;
      block.key_offsets[j] = -128 * row.sum;
      std::memcpy(key, bytes, layout.key_stride());
    } else {
      block.key_scales[j] = 0.0F;
      block.key_offsets[j] = 0;
      std::memset(key, 0, layout.key_stride());
    }
  }
}

// Dimensions d to d + kLanes of the values, dims of them there.
[[gnu::always_inline]] inline void quantize_values(const float* v, std::size_t ldv,
                                                   std::size_t count, std::size_t dims,
                                                   float* scales, std::int8_t* values) noexcept {
  Simd::I32 most = Simd::zero_ints();
  for (std::size_t j = 0; j < count; ++j) {
    most = Simd::max(most, Simd::magnitude(load(v + j * ldv, dims)));
  }
  alignas(64) std::int32_t largest[kLanes];
  alignas(64) float factors[kLanes];
  bool all = true;  // have a factor
  Simd::store(largest, most);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const Scale s(std::bit_cast<float>(largest[lane]));
    scales[lane] = s.scale;
    factors[lane] = s.factor;
    all = all && s.factor != 0.0F;
  }
  const auto factor = Simd::load(factors);
  const auto quantized = [&](std::size_t j) __attribute__((always_inline)) {
    return j < count ? Simd::to_ints(Simd::mul(load(v + j * ldv, dims), factor))
                     : Simd::zero_ints();
  };
  for (std::size_t j = 0; j < kKeys; j += 4) {
    alignas(64) std::int32_t fours[kLanes];
    Simd::store(fours,
                Simd::pack4(quantized(j), quantized(j + 1), quantized(j + 2), quantized(j + 3)));
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::memcpy(values + lane * kKeys + j, fours + lane, 4);
    }
  }
  if (all) return;
  // What is not finite is not zero after the product with 0.
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (factors[lane] == 0.0F) std::memset(values + lane * kKeys, 0, kKeys);
  }
}

[[gnu::always_inline]] inline void run(const Args& a, Range items) noexcept {
  const Layout layout{a.head_dim};
  const auto keys = [&](std::uint8_t * packed, const float* k, std::size_t count)
      __attribute__((always_inline)) {
    quantize_keys(k, a.ldk, count, layout, Block(packed, layout));
  };
  const auto values = [&](std::uint8_t * packed, const float* v, std::size_t count)
      __attribute__((always_inline)) {
    const Block block(packed, layout);
    for (std::size_t d = 0; d < layout.value_rows(); d += kLanes) {
      if (d < a.head_dim) {
        quantize_values(v + d, a.ldv, count, a.head_dim - d, block.value_scales + d,
                        block.values + d * kKeys);
      } else {
        std::memset(block.value_scales + d, 0, kLanes * sizeof(float));
        std::memset(block.values + d * kKeys, 0, kLanes * kKeys);
      }
    }
  };
  attention::for_blocks(a, items, layout.bytes(), keys, values);
}

}  // namespace
}  // namespace sotto::kernels::quantize_kv
