#include "lib/text/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace sotto::text {
namespace {

// The bytes that the bit pattern of UTF-8 gives for `code`, whether or not it is a character.
std::string bit_pattern(std::uint32_t code, int length) {
  if (length == 1) return {static_cast<char>(code)};
  std::string out;
  for (int i = 0; i < length - 1; ++i) {
    out.insert(out.begin(), static_cast<char>(0x80 | (code & 0x3F)));
    code >>= 6;
  }
  const std::uint32_t lead = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;
  out.insert(out.begin(), static_cast<char>(lead | code));
  return out;
}

TEST(Utf8, TakesEveryCharacterInItsShortestFormAlone) {
  for (std::uint32_t code = 0; code < 0x200000; ++code) {
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    for (int length = 1; length <= 4; ++length) {
      const std::uint32_t end = length == 1   ? 0x80
                                : length == 2 ? 0x800
                                : length == 3 ? 0x10000
                                              : 0x200000;
      const std::uint32_t begin = length == 1   ? 0
                                  : length == 2 ? 0x80
                                  : length == 3 ? 0x800
                                                : 0x10000;
      if (code >= end) continue;
      const bool expected = code >= begin && code < 0x110000 && !surrogate;
      ASSERT_EQ(is_utf8(bit_pattern(code, length)), expected) << code << " in " << length;
    }
  }
}

TEST(Utf8, NamesTheFirstBadByte) {
  EXPECT_EQ(valid_utf8_prefix(""), 0U);
  EXPECT_EQ(valid_utf8_prefix(std::string("a\0b", 3)), 3U);
  EXPECT_EQ(valid_utf8_prefix("ab\xE2\x96"), 2U);
  EXPECT_EQ(valid_utf8_prefix("\xE2\x96\x81\x81"), 3U);
  EXPECT_EQ(valid_utf8_prefix("\xE2\x41\x81"), 0U);
  EXPECT_EQ(valid_utf8_prefix("\xFF"), 0U);
}

}  // namespace
}  // namespace sotto::text
