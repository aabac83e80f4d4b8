// The two 16-bit floating-point types that weights and caches are stored in, one number at a time.
#pragma once

#include <cstdint>
#include <cstring>

namespace sotto::kernels {

// IEEE 754 binary16, and bfloat16: the upper half of an f32. Types of their own, so that neither
// is taken for the other or for an integer.
enum class F16 : std::uint16_t {};
enum class Bf16 : std::uint16_t {};

namespace {

// Always inline, so that a file compiled for a wide instruction set emits none of it.
#define SOTTO_HALF inline __attribute__((always_inline))

SOTTO_HALF std::uint32_t bits_of(float x) noexcept {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

SOTTO_HALF float float_of(std::uint32_t bits) noexcept {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// The same number: every one of either type is a float.
SOTTO_HALF float widen(float x) noexcept { return x; }
SOTTO_HALF float widen(Bf16 x) noexcept { return float_of(static_cast<std::uint32_t>(x) << 16); }
SOTTO_HALF float widen(F16 x) noexcept {
  const auto bits = static_cast<std::uint32_t>(x);
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t rest = bits & 0x7FFFU;
  if (rest >= 0x7C00U) return float_of(sign | 0x7F800000U | (rest & 0x3FFU) << 13);
  if (rest >= 0x400U) return float_of(sign | ((rest << 13) + (112U << 23)));
  // Subnormal: rest units of 2^-24, exact in a float.
  const float size = static_cast<float>(rest) * 0x1p-24F;
  return float_of(sign | bits_of(size));
}

// The nearest number of the type, ties to even, past the largest one infinity; of a NaN, one.
SOTTO_HALF void narrow(float x, float& y) noexcept { y = x; }
SOTTO_HALF void narrow(float x, Bf16& y) noexcept {
  const std::uint32_t bits = bits_of(x);
  const bool nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  const std::uint32_t rounded = bits + 0x7FFFU + (bits >> 16 & 1U);
  y = static_cast<Bf16>(static_cast<std::uint16_t>((nan ? bits | 0x400000U : rounded) >> 16));
}
SOTTO_HALF void narrow(float x, F16& y) noexcept {
  const std::uint32_t bits = bits_of(x);
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  const std::uint32_t rest = bits & 0x7FFFFFFFU;
  std::uint32_t half;
  if (rest > 0x7F800000U) {
    half = 0x7E00U | (rest >> 13 & 0x3FFU);
  } else if (rest >= 0x477FF000U) {  // 65520, halfway between the largest number and 2^16
    half = 0x7C00U;
  } else if (rest >= 0x38800000U) {  // 2^-14, the least normal number
    half = (rest - (112U << 23) + 0xFFFU + (rest >> 13 & 1U)) >> 13;
  } else {
    // A float's units at 1/2 are those of a subnormal: the addition rounds to them.
    half = bits_of(float_of(rest) + 0.5F) - bits_of(0.5F);
  }
  y = static_cast<F16>(static_cast<std::uint16_t>(sign | half));
}

#undef SOTTO_HALF

}  // namespace
}  // namespace sotto::kernels
