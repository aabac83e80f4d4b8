// The numbers of the GGUF format that its reader and its writer share.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/format/tensor_info.h"

namespace sotto::format::gguf {

inline constexpr std::string_view kMagic = "GGUF";
inline constexpr std::uint32_t kVersion = 3;
inline constexpr std::uint32_t kOldestVersion = 2;
inline constexpr std::string_view kAlignmentKey = "general.alignment";
inline constexpr std::uint32_t kDefaultAlignment = 32;
inline constexpr std::uint32_t kMinAlignment = 8;
inline constexpr std::size_t kMaxKey = 65535;
inline constexpr std::size_t kMaxDims = 4;

// The type of a metadata value.
enum Type : std::uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};
inline constexpr std::uint32_t kTypes = 13;
inline constexpr std::string_view kTypeNames[kTypes] = {
    "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"};
// The bytes of a value; the least that a string or an array has.
inline constexpr std::uint32_t kTypeBytes[kTypes] = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};

// The bytes of a tensor, or why it cannot be one; `file` and `name` are for the message.
Result<std::size_t> tensor_bytes(std::string_view file, std::string_view name, tensor::Dtype dtype,
                                 std::span<const std::uint64_t> shape);

}  // namespace sotto::format::gguf
