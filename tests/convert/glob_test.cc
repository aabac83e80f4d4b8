#include "lib/convert/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace sotto::converter {
namespace {

TEST(Glob, PlainTextIsItself) {
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_TRUE(matches_glob("a.b[c]", "a.b[c]"));
  EXPECT_FALSE(matches_glob("a.b", "axb"));
  EXPECT_FALSE(matches_glob("a", ""));
  EXPECT_FALSE(matches_glob("a", "ab"));
  EXPECT_FALSE(matches_glob("ab", "a"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_FALSE(matches_glob("A", "a"));
}

TEST(Glob, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(matches_glob("blk.?.attn_?", "blk.3.attn_q"));
  EXPECT_FALSE(matches_glob("blk.?", "blk."));
  EXPECT_FALSE(matches_glob("blk.?", "blk.10"));
}

TEST(Glob, AStarIsAnyTextOrNone) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("**", "abc"));
  EXPECT_TRUE(matches_glob("*.weight", ".weight"));
  EXPECT_TRUE(matches_glob("decoder.*", "decoder.blk.0.attn_q.weight"));
  EXPECT_TRUE(matches_glob("decoder.*.attn_*.weight", "decoder.blk.0.attn_q.weight"));
  EXPECT_FALSE(matches_glob("decoder.*.attn_*.weight", "decoder.blk.0.attn_q.bias"));
  EXPECT_TRUE(matches_glob("a*?", "ab"));
  EXPECT_FALSE(matches_glob("a*?", "a"));
}

TEST(Glob, WhatAStarTookFirstIsTakenBack) {
  EXPECT_TRUE(matches_glob("*abc", "ababc"));
  EXPECT_TRUE(matches_glob("a*bc*d", "abbcbcxd"));
  EXPECT_TRUE(matches_glob("*a?c*", "abxabc"));
  EXPECT_FALSE(matches_glob("*abd", "ababc"));
}

// Backtracking into every star would take 2^30 steps and more.
TEST(Glob, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(1000, 'a')));
  EXPECT_TRUE(matches_glob(pattern, std::string(1000, 'a')));
}

}  // namespace
}  // namespace sotto::converter
