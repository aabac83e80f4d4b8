// Reads little-endian fields one after the other and never past the end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "lib/base/error.h"

namespace sotto::format {

// Borrows `file`, the name for messages, and `bytes`. A read that fails leaves the position where
// it was, for truncated() to tell.
class Cursor {
 public:
  Cursor(std::string_view file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  std::size_t position() const noexcept { return position_; }
  std::size_t left() const noexcept { return bytes_.size() - position_; }

  template <typename T>
  [[nodiscard]] bool read(T& to) noexcept {
    static_assert(std::is_arithmetic_v<T> && std::endian::native == std::endian::little);
    if (left() < sizeof(T)) return false;
    std::memcpy(&to, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return true;
  }

  [[nodiscard]] bool take(std::uint64_t size, std::span<const std::byte>& to) noexcept {
    if (size > left()) return false;
    to = bytes_.subspan(position_, static_cast<std::size_t>(size));
    position_ += to.size();
    return true;
  }

  [[nodiscard]] bool take(std::uint64_t size, std::string_view& to) noexcept {
    std::span<const std::byte> bytes;
    if (!take(size, bytes)) return false;
    to = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return true;
  }

  // "tiny.gguf: truncated: the key of entry 3 starts at byte 90 and ..."
  template <typename... What>
  Error truncated(const What&... what) const {
    return base::error(ErrorCode::kCorruptFile, file_, ": truncated: ", what..., " starts at byte ",
                       position_, " and goes on past the end of the file at byte ", bytes_.size());
  }

 private:
  std::string_view file_;
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace sotto::format
