#include "lib/text/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>

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

// As Python's bytes.decode("utf-8", errors="replace").
TEST(Utf8, ReplacesEachMaximalPart) {
  const std::pair<std::string, std::string> cases[] = {
      {"a\xFFz", "a?z"},
      {"\xE2\x82\xAC", "\xE2\x82\xAC"},
      {"\xE2\x82z", "?z"},  // one for what could have become one character
      {"\xE2\x82", "?"},
      {"\xE0\x80\x80", "???"},  // overlong: no byte after the first could have followed
      {"\xED\xA0\x80", "???"},  // a surrogate
      {"\xF0\x90\x80\xF0\x8F", "???"},
      {"\xF4\x90\x80\x80", "????"},  // over U+10FFFF
      {"\xC0\xAF\xE2\xE2\x82\xAC", "???\xE2\x82\xAC"},
  };
  for (const auto& [bytes, marked] : cases) {
    std::string expected;
    for (const char c : marked)
      expected += c == '?' ? std::string(kReplacement) : std::string(1, c);
    EXPECT_EQ(replace_ill_formed(bytes), expected);
    EXPECT_EQ(utf8_from_utf32(utf32_from_utf8(bytes)), expected);
  }
}

TEST(Utf8Stream, GivesWholeCharactersOnly) {
  Utf8Stream stream;
  EXPECT_EQ(stream.push("a\xE2"), "a");
  EXPECT_TRUE(stream.waiting());
  EXPECT_EQ(stream.push("\x82"), "");
  EXPECT_EQ(stream.push("\xAC z\xF0\x9F"), "\xE2\x82\xAC z");
  EXPECT_EQ(stream.finish(), kReplacement);
  EXPECT_FALSE(stream.waiting());
  EXPECT_EQ(stream.finish(), "");
}

TEST(Utf8Stream, ComesToTheSameHoweverTheBytesAreCut) {
  constexpr std::string_view kBytes = "a\x80\xC2\xE0\xED\xF0\x9F\xA0\xF4\xAC";
  std::mt19937 rng{3};
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (std::size_t i = rng() % 12; i > 0; --i) bytes += kBytes[rng() % kBytes.size()];
    Utf8Stream stream;
    std::string text;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t length = 1 + rng() % 3;
      const std::string given = stream.push(std::string_view(bytes).substr(at, length));
      ASSERT_TRUE(is_utf8(given));
      text += given;
      at += length;
    }
    text += stream.finish();
    ASSERT_EQ(text, replace_ill_formed(bytes));
  }
}

}  // namespace
}  // namespace sotto::text
