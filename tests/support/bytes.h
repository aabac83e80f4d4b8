// Puts files together byte by byte.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace sotto::test {

// The bytes of a number, little-endian as the machine.
template <typename T>
std::string number(T value) {
  static_assert(std::is_arithmetic_v<T>);
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

// `text` with a number put in place of the bytes at `offset`.
template <typename T>
std::string with_number(std::string text, std::size_t offset, T value) {
  return text.replace(offset, sizeof(value), number(value));
}

}  // namespace sotto::test
