#include "lib/text/byte_alphabet.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sotto::text {
namespace {

constexpr char32_t kFirstReplacement = 0x100;

constexpr bool stands_for_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<char32_t, 256> character{};
  std::array<std::int16_t, 0x200> byte{};  // of a character; -1: none
};

constexpr Alphabet make_alphabet() {
  Alphabet alphabet;
  alphabet.byte.fill(-1);
  char32_t next = kFirstReplacement;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char32_t character = stands_for_itself(byte) ? char32_t{byte} : next++;
    alphabet.character[byte] = character;
    alphabet.byte[character] = static_cast<std::int16_t>(byte);
  }
  return alphabet;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

std::string printable_from_bytes(std::string_view bytes) {
  std::string printable;
  for (const char c : bytes) {
    const char32_t character = kAlphabet.character[static_cast<unsigned char>(c)];
    if (character < 0x80) {
      printable += static_cast<char>(character);
    } else {  // below U+0800: two bytes
      printable += static_cast<char>(0xC0 | (character >> 6));
      printable += static_cast<char>(0x80 | (character & 0x3F));
    }
  }
  return printable;
}

bool append_bytes(std::string_view printable, std::string& bytes) {
  for (std::size_t i = 0; i < printable.size();) {
    const auto lead = static_cast<unsigned char>(printable[i++]);
    char32_t character = lead;
    if (lead >= 0x80) {
      if ((lead & 0xE0) != 0xC0 || i == printable.size()) return false;
      const auto next = static_cast<unsigned char>(printable[i++]);
      if ((next & 0xC0) != 0x80) return false;
      character = char32_t{lead & 0x1FU} << 6 | (next & 0x3FU);
    }
    if (character >= kAlphabet.byte.size() || kAlphabet.byte[character] < 0) return false;
    bytes += static_cast<char>(kAlphabet.byte[character]);
  }
  return true;
}

std::optional<std::string> bytes_from_printable(std::string_view printable) {
  std::string bytes;
  if (!append_bytes(printable, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace sotto::text
