#include "lib/text/strip.h"

#include <gtest/gtest.h>

#include <string>

namespace sotto::text {
namespace {

TEST(Strip, TakesAwayWhatPythonTakesForBlanks) {
  for (const std::string blank : {" ",
                                  "\t",
                                  "\n",
                                  "\v",
                                  "\f",
                                  "\r",
                                  "\x1C",
                                  "\x1D",
                                  "\x1E",
                                  "\x1F",
                                  "\xC2\x85",
                                  "\xC2\xA0",
                                  "\xE1\x9A\x80",
                                  "\xE2\x80\x80",
                                  "\xE2\x80\x8A",
                                  "\xE2\x80\xA8",
                                  "\xE2\x80\xA9",
                                  "\xE2\x80\xAF",
                                  "\xE2\x81\x9F",
                                  "\xE3\x80\x80"}) {
    EXPECT_EQ(strip(blank), "");
    EXPECT_EQ(stripped(blank), "");
    EXPECT_EQ(stripped(blank + "a" + blank), "a");
    EXPECT_EQ(strip(blank + "a" + blank + "b" + blank + " "), "a" + blank + "b");
    EXPECT_EQ(strip(" " + blank + "\xE6\x97\xA5"), "\xE6\x97\xA5");
  }
}

TEST(Strip, LeavesTheRest) {
  for (const std::string text : {"", "a", "a b", "\xE2\x80\x8B", "\xEF\xBB\xBFx", "\x1B", "\x85"}) {
    EXPECT_EQ(strip(text), text);  // no-width space, byte order mark, escape, no UTF-8
  }
}

}  // namespace
}  // namespace sotto::text
