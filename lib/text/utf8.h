// UTF-8, checked the way RFC 3629 defines it.
#pragma once

#include <cstddef>
#include <string_view>

namespace sotto::text {

// Bytes of `text` before its first byte that is not part of a well-formed character; text.size()
// where all of it is UTF-8. Overlong forms, surrogates and values over U+10FFFF are not
// well-formed.
std::size_t valid_utf8_prefix(std::string_view text);

inline bool is_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

// Bytes of the character that begins with `lead`. Requires: lead begins a well-formed character.
inline std::size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace sotto::text
