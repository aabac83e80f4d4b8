// Element types of tensors, their sizes in memory and the conversions between floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sotto::tensor {

// Values below kFirstUnnumbered are the type numbers of GGUF files; the rest, which only
// safetensors has, have no number there.
enum class Dtype : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kI8 = 24,
  kI16 = 25,
  kI32 = 26,
  kI64 = 27,
  kF64 = 28,
  kBF16 = 30,
  kBool = 0x10000,
  kU8,
  kU16,
  kU32,
  kU64,
  kF8E4M3,
  kF8E5M2,
};
inline constexpr std::uint32_t kFirstUnnumbered = 0x10000;

// "F32", "Q8_0", ...: the spelling of GGUF tools and of safetensors headers.
std::string_view name(Dtype dtype) noexcept;

std::optional<Dtype> dtype_from_name(std::string_view name) noexcept;
std::optional<Dtype> dtype_from_gguf(std::uint32_t number) noexcept;

// Quantised types store `elements` values of a row together in `bytes`; the others one in its size.
struct Block {
  std::size_t elements;
  std::size_t bytes;
};
Block block(Dtype dtype) noexcept;

// Nothing if the size does not fit or `elements` is not a whole number of blocks.
std::optional<std::size_t> byte_size(Dtype dtype, std::uint64_t elements) noexcept;

// The largest f16; the scale of a block is one.
inline constexpr float kMostHalf = 65504.0F;

// IEEE binary16. To f32 is exact; from f32 rounds to nearest, ties to even, overflows to infinity
// and underflows through the subnormals. NaN stays NaN.
float f16_to_f32(std::uint16_t half) noexcept;
std::uint16_t f32_to_f16(float value) noexcept;

// bfloat16, the upper half of an f32: same rules.
float bf16_to_f32(std::uint16_t half) noexcept;
std::uint16_t f32_to_bf16(float value) noexcept;

// Whether to_f32() knows the type: F32, F16, BF16 and the quantised ones of blocks.h.
bool convertible(Dtype dtype) noexcept;

// from_f32() keeps magnitudes up to this one finite; 0 for types that it does not know.
float most_held(Dtype dtype) noexcept;

// Convert `count` values, whole blocks of them. The byte side needs no alignment; the two sides
// must not overlap.
// Requires: convertible(dtype), and for from_f32() F32, F16, BF16, Q8_0 or Q4_0; else they do
// nothing. The quantised ones take no value beyond most_held().
void to_f32(Dtype dtype, const std::byte* from, std::size_t count, float* to) noexcept;
void from_f32(Dtype dtype, const float* from, std::size_t count, std::byte* to) noexcept;

// Whether to_f32() would give finite values alone. The bytes need no alignment.
// Requires: F32, F16, BF16, Q8_0 or Q4_0; of others nothing is known: false.
bool all_finite(Dtype dtype, const std::byte* from, std::size_t count) noexcept;

}  // namespace sotto::tensor
