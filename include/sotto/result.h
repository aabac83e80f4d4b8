/// @file
/// Result<T>: a value, or the reason there is none. The only error channel of the library. Spelled
/// like C++23 std::expected, so that we can switch to it later.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sotto {

enum class ErrorCode {
  kInvalidArgument,  ///< an option or an argument is out of range or does not fit the model
  kIo,               ///< a file cannot be opened, read or written
  kCorruptFile,      ///< a model or sound file is not what it says it is
  kUnsupported,      ///< well-formed, but nothing we can run or read
  kOutOfMemory,      ///< over the caller's limit, or the system gave none
  kAborted,          ///< the caller's abort hook said so
  kInternal,         ///< a fault of sotto itself
};

/// `message` is for the person who can fix it: it names the file, tensor or value, what was found
/// and what was expected.
struct Error {
  ErrorCode code;
  std::string message;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Requires: has_value().
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  /// Requires: !has_value().
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success, or the reason there is none.
using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

}  // namespace sotto
