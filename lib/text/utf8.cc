#include "lib/text/utf8.h"

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

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    if (lead < 0xC2 || lead > 0xF4) return at;
    const std::size_t length = utf8_length(text[at]);
    if (length > text.size() - at) return at;
    Second range = second_byte_after(lead);
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if (byte < range.low || byte > range.high) return at;
      range = {0x80, 0xBF};
    }
    at += length;
  }
  return at;
}

}  // namespace sotto::text
