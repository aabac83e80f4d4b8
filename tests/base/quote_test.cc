#include "lib/base/quote.h"

#include <gtest/gtest.h>

namespace sotto::base {
namespace {

TEST(Quote, KeepsPrintableText) { EXPECT_EQ(quote("encoder.0/w"), "\"encoder.0/w\""); }

TEST(Quote, EscapesWhatCouldSteerATerminal) {
  EXPECT_EQ(quote("a\x1b[2J\n\"\\"), "\"a\\x1b[2J\\x0a\\\"\\\\\"");
  EXPECT_EQ(quote(std::string_view("\0\x7f\xc3\xa9", 4)), "\"\\x00\\x7f\\xc3\\xa9\"");
}

TEST(Quote, CutsLongText) {
  EXPECT_EQ(quote("abcd", 4), "\"abcd\"");
  EXPECT_EQ(quote("abcde", 4), "\"abcd...\"");
}

}  // namespace
}  // namespace sotto::base
