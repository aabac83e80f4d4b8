// UTF-8, checked the way RFC 3629 defines it, and what stands for bytes that are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sotto::text {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;
inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// One character, or the maximal part of one that is not well-formed (The Unicode Standard, 3.9,
// "U+FFFD Substitution of Maximal Subparts").
struct Utf8Step {
  char32_t code = kReplacementCharacter;
  std::size_t length = 1;
  bool valid = false;
  bool cut = false;  // not valid only because the text ends here
};

// Overlong forms, surrogates and values over U+10FFFF are not well-formed. Requires: at <
// text.size().
Utf8Step utf8_step(std::string_view text, std::size_t at);

// Bytes of `text` before its first byte that is not part of a well-formed character; text.size()
// where all of it is UTF-8.
std::size_t valid_utf8_prefix(std::string_view text);

inline bool is_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

// Bytes of the character that begins with `lead`. Requires: lead begins a well-formed character.
inline std::size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Requires: code is a character: below 0x110000 and no surrogate.
void append_utf8(std::string& text, char32_t code);

// `bytes` with U+FFFD for each maximal part that is not well-formed, as Python's
// bytes.decode("utf-8", errors="replace") gives it.
std::string replace_ill_formed(std::string_view bytes);

// The characters of replace_ill_formed(bytes), and back. Requires of `text`: only characters.
std::u32string utf32_from_utf8(std::string_view bytes);
std::string utf8_from_utf32(std::u32string_view text);

// replace_ill_formed() for bytes that come in pieces: a character is given out when its last byte
// is there. All that push() gives and then finish() is replace_ill_formed() of all bytes.
class Utf8Stream {
 public:
  std::string push(std::string_view bytes);
  // U+FFFD where a character began and did not end, else nothing. The stream is as new.
  std::string finish();
  // Whether a character has begun that may still become whole.
  bool waiting() const noexcept { return !begun_.empty(); }

 private:
  std::string begun_;  // at most three bytes
};

}  // namespace sotto::text
