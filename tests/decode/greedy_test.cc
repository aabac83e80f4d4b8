#include "lib/decode/greedy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace sotto::decode {
namespace {

using Tokens = std::vector<std::int32_t>;

TEST(Argmax, TakesTheFirstOfEqualsAndNeverANan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(argmax(std::vector<float>{1, 3, 3, 2}), 1);
  EXPECT_EQ(argmax(std::vector<float>{-5}), 0);
  EXPECT_EQ(argmax(std::vector<float>{nan, -2, nan, -1}), 3);
  EXPECT_EQ(argmax(std::vector<float>{nan, nan}), 0);
}

Tokens repeat(const Tokens& prefix, const Tokens& phrase, std::size_t times) {
  Tokens all = prefix;
  for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), phrase.begin(), phrase.end());
  return all;
}

TEST(LoopStart, KeepsOneSayingOfALoop) {
  EXPECT_EQ(loop_start(repeat({1, 2, 3}, {7}, 16)), 4U);
  EXPECT_EQ(loop_start(repeat({1, 2, 3}, {7, 8}, 8)), 5U);
  EXPECT_EQ(loop_start(repeat({1, 2, 3}, {4, 5, 6, 7, 8}, 4)), 8U);
  EXPECT_EQ(loop_start(repeat({}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 4)),
            16U);
}

TEST(LoopStart, LeavesWhatMayBeMeant) {
  for (const Tokens& tokens :
       {Tokens{}, Tokens{5}, repeat({1}, {7}, 8), repeat({1}, {7}, 15), repeat({1}, {7, 8}, 7),
        repeat({1}, {4, 5, 6, 7, 8}, 3), repeat({1}, {7, 7, 8, 9}, 3)}) {
    EXPECT_EQ(loop_start(tokens), tokens.size());
  }
  Tokens ended = repeat({}, {7}, 20);
  ended.push_back(8);  // the loop is over
  EXPECT_EQ(loop_start(ended), ended.size());
}

}  // namespace
}  // namespace sotto::decode
