#include "lib/text/unicode.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

std::string lower_utf8(std::string_view text) {
  return utf8_from_utf32(lower(utf32_from_utf8(text)));
}

TEST(Unicode, LowersAsPythonDoes) {
  EXPECT_EQ(lower_utf8("A\xC4\xB0Z"), "ai\xCC\x87z");  // I with a dot: two characters
  EXPECT_EQ(lower_utf8("\xCE\xA3\xCE\x91\xCE\xA3"), "\xCF\x83\xCE\xB1\xCF\x82");  // sigmas
  EXPECT_EQ(lower_utf8("A\xCE\xA3'A"), "a\xCF\x83'a");  // an apostrophe ends no word
  EXPECT_EQ(lower_utf8("A'\xCE\xA3' A"), "a'\xCF\x82' a");
  EXPECT_EQ(lower_utf8("\xE2\x85\xA7\xCE\xA3"), "\xE2\x85\xB7\xCF\x82");  // a Roman eight is cased
  EXPECT_EQ(lower_utf8("1\xCE\xA3"), "1\xCF\x83");
}

TEST(Unicode, ReadsTheDigitsOfAnyScript) {
  EXPECT_EQ(decimal_digit(U'7'), 7);
  EXPECT_EQ(decimal_digit(U'\u0669'), 9);  // Arabic-Indic
  EXPECT_EQ(decimal_digit(U'\u0660'), 0);
  EXPECT_EQ(decimal_digit(U'\U0001D7CF'), 1);  // bold; five sets follow each other
  EXPECT_EQ(decimal_digit(U'\U0001D7D9'), 1);
  EXPECT_EQ(decimal_digit(U'\u00B2'), -1);  // a superscript is a number, not a decimal digit
  EXPECT_EQ(decimal_digit(U'a'), -1);
}

TEST(Unicode, NormalisesToFormsKdAndKc) {
  EXPECT_EQ(nfkd(U"\u00E9\uFB01\u2460"), U"e\u0301fi1");
  EXPECT_EQ(nfkc(U"e\u0301\uFF76\uFF9E\u1112\u1161\u11AB"), U"\u00E9\u30AC\uD55C");
  // Marks in the order of their classes, those of one class as they stood.
  EXPECT_EQ(nfkd(U"a\u0301\u0323\u0300\u0327"), U"a\u0327\u0323\u0301\u0300");
  EXPECT_EQ(nfkd(U"\uFDFA").size(), 18U);  // the longest of all
}

TEST(Unicode, TakesGraphemesForOneCharacter) {
  EXPECT_EQ(first_grapheme(U"ab"), 1U);
  EXPECT_EQ(first_grapheme(U"e\u0301\u0323b"), 3U);
  EXPECT_EQ(first_grapheme(U"\r\n\n"), 2U);
  EXPECT_EQ(first_grapheme(U"\U0001F468\u200D\U0001F469x"), 3U);
}

}  // namespace
}  // namespace sotto::text
