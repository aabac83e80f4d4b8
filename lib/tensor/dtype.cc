#include "lib/tensor/dtype.h"

#include <bit>
#include <cstring>
#include <limits>

#include "lib/base/checked.h"
#include "lib/tensor/blocks.h"

namespace sotto::tensor {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little-endian");

struct Entry {
  Dtype dtype;
  std::string_view name;
  Block block;
};

constexpr Entry kTable[] = {
    {Dtype::kF32, "F32", {1, 4}},        {Dtype::kF16, "F16", {1, 2}},
    {Dtype::kQ4_0, "Q4_0", {32, 18}},    {Dtype::kQ4_1, "Q4_1", {32, 20}},
    {Dtype::kQ5_0, "Q5_0", {32, 22}},    {Dtype::kQ5_1, "Q5_1", {32, 24}},
    {Dtype::kQ8_0, "Q8_0", {32, 34}},    {Dtype::kQ2_K, "Q2_K", {256, 84}},
    {Dtype::kQ3_K, "Q3_K", {256, 110}},  {Dtype::kQ4_K, "Q4_K", {256, 144}},
    {Dtype::kQ5_K, "Q5_K", {256, 176}},  {Dtype::kQ6_K, "Q6_K", {256, 210}},
    {Dtype::kI8, "I8", {1, 1}},          {Dtype::kI16, "I16", {1, 2}},
    {Dtype::kI32, "I32", {1, 4}},        {Dtype::kI64, "I64", {1, 8}},
    {Dtype::kF64, "F64", {1, 8}},        {Dtype::kBF16, "BF16", {1, 2}},
    {Dtype::kBool, "BOOL", {1, 1}},      {Dtype::kU8, "U8", {1, 1}},
    {Dtype::kU16, "U16", {1, 2}},        {Dtype::kU32, "U32", {1, 4}},
    {Dtype::kU64, "U64", {1, 8}},        {Dtype::kF8E4M3, "F8_E4M3", {1, 1}},
    {Dtype::kF8E5M2, "F8_E5M2", {1, 1}},
};

const Entry* find(Dtype dtype) noexcept {
  for (const Entry& entry : kTable) {
    if (entry.dtype == dtype) return &entry;
  }
  return nullptr;
}

// Sign apart, a half's exponent and mantissa fields lie 13 bits lower and the exponent is biased
// by 112 less.
constexpr int kMantissaShift = 13;
constexpr std::uint32_t kBias = 112U << 23;

// `?:` as masks: g++ 12 makes branches of it in widen_f16(), which then takes 1.7 ns a value, not
// 0.8 (65536 values, -O3, Zen 4).
inline std::uint32_t select(bool condition, std::uint32_t yes, std::uint32_t no) noexcept {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(condition);
  return (yes & mask) | (no & ~mask);
}

inline float widen_f16(std::uint16_t half) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t magnitude = half & 0x7FFFU;
  const std::uint32_t normal = (magnitude << kMantissaShift) + kBias;
  const std::uint32_t special = normal + kBias;  // exponent 31 becomes 255: infinity, NaN
  // A subnormal is mantissa * 2^-24, an f32 that is not subnormal: right also where the CPU is
  // told to flush those to zero.
  const auto subnormal = std::bit_cast<std::uint32_t>(
      static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F);
  std::uint32_t bits = select(magnitude >= 0x7C00U, special, normal);
  bits = select(magnitude < 0x0400U, subnormal, bits);
  return std::bit_cast<float>(bits | sign);
}

inline std::uint16_t narrow_f16(float value) noexcept {
  const auto all = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (all >> 16) & 0x8000U;
  const std::uint32_t magnitude = all & 0x7FFFFFFFU;
  const std::uint32_t odd = (magnitude >> kMantissaShift) & 1U;
  // Half of the last bit kept, less one where ties go down; a carry moves into the exponent.
  const std::uint32_t normal = (magnitude + 0x0FFFU + odd - kBias) >> kMantissaShift;
  // Below 2^-14 the steps are 2^-24, those of floats in [0.5, 1): the addition rounds.
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) -
      std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t nan = 0x7E00U | ((magnitude >> kMantissaShift) & 0x03FFU);
  std::uint32_t bits = magnitude < 0x38800000U ? subnormal : normal;  // 2^-14
  bits = magnitude >= 0x477FF000U ? 0x7C00U : bits;  // 65520, halfway past the largest half
  bits = magnitude > 0x7F800000U ? nan : bits;
  return static_cast<std::uint16_t>(bits | sign);
}

inline float widen_bf16(std::uint16_t half) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

inline std::uint16_t narrow_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  const std::uint32_t nan = (bits >> 16) | 0x0040U;
  return static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? nan : rounded);
}

template <float (*widen)(std::uint16_t) noexcept>
void widen_all(const std::byte* from, std::size_t count, float* to) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half;
    std::memcpy(&half, from + i * sizeof(half), sizeof(half));
    to[i] = widen(half);
  }
}

template <std::uint16_t (*narrow)(float) noexcept>
void narrow_all(const float* from, std::size_t count, std::byte* to) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t half = narrow(from[i]);
    std::memcpy(to + i * sizeof(half), &half, sizeof(half));
  }
}

// Whether none of `count` floats, kStride bytes from one to the next, has all bits of `exponent`.
template <typename Bits, std::size_t kStride = sizeof(Bits)>
bool below(const std::byte* from, std::size_t count, Bits exponent) noexcept {
  // Adding to the exponent's last bit carries into the sign, but only where all of them are set.
  const auto last = static_cast<Bits>(exponent & -exponent);
  Bits carried = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, from + i * kStride, sizeof bits);
    carried |= static_cast<Bits>((bits & exponent) + last);
  }
  return carried >> (8 * sizeof(Bits) - 1) == 0;
}

}  // namespace

std::string_view name(Dtype dtype) noexcept {
  const Entry* entry = find(dtype);
  return entry != nullptr ? entry->name : "?";
}

std::optional<Dtype> dtype_from_name(std::string_view name) noexcept {
  for (const Entry& entry : kTable) {
    if (entry.name == name) return entry.dtype;
  }
  return std::nullopt;
}

std::optional<Dtype> dtype_from_gguf(std::uint32_t number) noexcept {
  const auto dtype = static_cast<Dtype>(number);
  if (number >= kFirstUnnumbered || find(dtype) == nullptr) return std::nullopt;
  return dtype;
}

Block block(Dtype dtype) noexcept {
  const Entry* entry = find(dtype);
  return entry != nullptr ? entry->block : Block{1, 0};
}

std::optional<std::size_t> byte_size(Dtype dtype, std::uint64_t elements) noexcept {
  const Entry* entry = find(dtype);
  if (entry == nullptr || elements % entry->block.elements != 0) return std::nullopt;
  const auto bytes = base::checked_mul(elements / entry->block.elements, entry->block.bytes);
  if (!bytes || *bytes > std::numeric_limits<std::size_t>::max()) return std::nullopt;
  return static_cast<std::size_t>(*bytes);
}

float f16_to_f32(std::uint16_t half) noexcept { return widen_f16(half); }
std::uint16_t f32_to_f16(float value) noexcept { return narrow_f16(value); }
float bf16_to_f32(std::uint16_t half) noexcept { return widen_bf16(half); }
std::uint16_t f32_to_bf16(float value) noexcept { return narrow_bf16(value); }

bool convertible(Dtype dtype) noexcept {
  return dtype == Dtype::kF32 || dtype == Dtype::kF16 || dtype == Dtype::kBF16 ||
         is_quantised(dtype);
}

float most_held(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kF32: return std::numeric_limits<float>::max();
    case Dtype::kF16: return kMostHalf;
    case Dtype::kBF16: return bf16_to_f32(0x7F7F);
    case Dtype::kQ8_0: return 127.0F * kMostHalf;
    case Dtype::kQ4_0: return 8.0F * kMostHalf;
    default: return 0.0F;
  }
}

void to_f32(Dtype dtype, const std::byte* from, std::size_t count, float* to) noexcept {
  if (count == 0) return;
  switch (dtype) {
    case Dtype::kF32: std::memcpy(to, from, count * sizeof(float)); break;
    case Dtype::kF16: widen_all<widen_f16>(from, count, to); break;
    case Dtype::kBF16: widen_all<widen_bf16>(from, count, to); break;
    default: dequantise(dtype, from, count / block(dtype).elements, to); break;
  }
}

void from_f32(Dtype dtype, const float* from, std::size_t count, std::byte* to) noexcept {
  if (count == 0) return;
  switch (dtype) {
    case Dtype::kF32: std::memcpy(to, from, count * sizeof(float)); break;
    case Dtype::kF16: narrow_all<narrow_f16>(from, count, to); break;
    case Dtype::kBF16: narrow_all<narrow_bf16>(from, count, to); break;
    default: quantise(dtype, from, count / block(dtype).elements, to); break;
  }
}

bool all_finite(Dtype dtype, const std::byte* from, std::size_t count) noexcept {
  constexpr std::uint32_t kF32 = 0x7F800000;
  constexpr std::uint16_t kF16 = 0x7C00, kBF16 = 0x7F80;
  switch (dtype) {
    case Dtype::kF32: return below<std::uint32_t>(from, count, kF32);
    case Dtype::kF16: return below<std::uint16_t>(from, count, kF16);
    case Dtype::kBF16: return below<std::uint16_t>(from, count, kBF16);
    // A block is a scale and whole numbers, whose products are within an f32.
    case Dtype::kQ8_0: return below<std::uint16_t, 34>(from, count / 32, kF16);
    case Dtype::kQ4_0: return below<std::uint16_t, 18>(from, count / 32, kF16);
    default: return false;
  }
}

}  // namespace sotto::tensor
