// Makes Errors: error(ErrorCode::kIo, path, ": cannot open: ", reason).
#pragma once

#include <sotto/result.h>

#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>

namespace sotto::base {

// `part` as text for a message: strings as they are, numbers in decimal, paths in UTF-8.
inline std::string text(std::string_view part) { return std::string(part); }
inline std::string text(const char* part) { return part; }
inline std::string text(const std::string& part) { return part; }
inline std::string text(const std::filesystem::path& part) { return part.string(); }
template <typename T>
requires std::is_arithmetic_v<T> std::string text(T part) { return std::to_string(part); }

template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::string all;
  (all.append(text(parts)), ...);
  return all;
}

template <typename... Parts>
Error error(ErrorCode code, const Parts&... parts) {
  return Error{code, concat(parts...)};
}

}  // namespace sotto::base
