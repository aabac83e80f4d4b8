#include "lib/text/utf8.h"

#include <utility>

namespace sotto::text {
namespace {

// The range that the second byte must lie in; the bytes after it are always 0x80-0xBF.
struct Second {
  unsigned char low;
  unsigned char high;
};

Second second_byte_after(unsigned char lead) {
  switch (lead) {
    case 0xE0: return {0xA0, 0xBF};  // lower is overlong
    case 0xED: return {0x80, 0x9F};  // higher is a surrogate
    case 0xF0: return {0x90, 0xBF};  // lower is overlong
    case 0xF4: return {0x80, 0x8F};  // higher is over U+10FFFF
    default: return {0x80, 0xBF};
  }
}

// Appends `bytes` with the replacements; returns how many bytes at the end are a character that
// has only begun, which are not appended.
std::size_t append_replaced(std::string& out, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    if (step.cut) return bytes.size() - at;
    out += step.valid ? bytes.substr(at, step.length) : kReplacement;
    at += step.length;
  }
  return 0;
}

}  // namespace

Utf8Step utf8_step(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1, true, false};
  if (lead < 0xC2 || lead > 0xF4) return {};
  const std::size_t length = utf8_length(text[at]);
  char32_t code = lead & (0x7FU >> length);
  Second range = second_byte_after(lead);
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i == text.size()) return {kReplacementCharacter, i, false, true};
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if (byte < range.low || byte > range.high) return {kReplacementCharacter, i, false, false};
    code = code << 6 | (byte & 0x3FU);
    range = {0x80, 0xBF};
  }
  return {code, length, true, false};
}

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Step step = utf8_step(text, at);
    if (!step.valid) break;
    at += step.length;
  }
  return at;
}

void append_utf8(std::string& text, char32_t code) {
  const auto continuation = [&](unsigned shift) {
    text += static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    continuation(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0 | code >> 12);
    continuation(6);
    continuation(0);
  } else {
    text += static_cast<char>(0xF0 | code >> 18);
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

std::string replace_ill_formed(std::string_view bytes) {
  std::string out;
  if (append_replaced(out, bytes) != 0) out += kReplacement;
  return out;
}

std::u32string utf32_from_utf8(std::string_view bytes) {
  std::u32string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    text += step.code;
    at += step.length;
  }
  return text;
}

std::string utf8_from_utf32(std::u32string_view text) {
  std::string bytes;
  for (const char32_t code : text) append_utf8(bytes, code);
  return bytes;
}

std::string Utf8Stream::push(std::string_view bytes) {
  begun_ += bytes;
  std::string out;
  begun_.erase(0, begun_.size() - append_replaced(out, begun_));
  return out;
}

std::string Utf8Stream::finish() {
  return std::exchange(begun_, {}).empty() ? std::string() : std::string(kReplacement);
}

}  // namespace sotto::text
