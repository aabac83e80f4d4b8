#include "lib/text/byte_alphabet.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sotto::text {
namespace {

TEST(ByteAlphabet, GivesEveryByteACharacterOfItsOwn) {
  std::set<std::string> seen;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    const std::string printable = printable_from_bytes(bytes);
    EXPECT_TRUE(seen.insert(printable).second) << byte;
    EXPECT_EQ(bytes_from_printable(printable), bytes) << byte;
  }
}

TEST(ByteAlphabet, WritesBlanksAndControlsAsGpt2Does) {
  EXPECT_EQ(printable_from_bytes(" a\n"),
            "\xC4\xA0"
            "a"
            "\xC4\x8A");
  EXPECT_EQ(printable_from_bytes("\xAD"), "\xC5\x83");  // the last replacement
}

TEST(ByteAlphabet, RefusesOtherCharacters) {
  for (const char* text : {" ", "\n", "\xC2\xAD", "\xC5\x84", "\xE2\x82\xAC", "\xC4", "\x80"}) {
    EXPECT_FALSE(bytes_from_printable(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sotto::text
