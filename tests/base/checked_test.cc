#include "lib/base/checked.h"

#include <gtest/gtest.h>

#include <limits>

namespace sotto::base {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(Checked, SumsUpToTheLargestFitAndOneMoreDoesNot) {
  EXPECT_EQ(checked_add(0, 0), 0U);
  EXPECT_EQ(checked_add(kMax, 0), kMax);
  EXPECT_EQ(checked_add(kMax - 5, 5), kMax);
  EXPECT_FALSE(checked_add(kMax - 5, 6).has_value());
  EXPECT_FALSE(checked_add(kMax, kMax).has_value());
}

TEST(Checked, ProductsUpToTheLargestFitAndMoreDoNot) {
  EXPECT_EQ(checked_mul(0, kMax), 0U);
  EXPECT_EQ(checked_mul(kMax, 0), 0U);
  EXPECT_EQ(checked_mul(kMax, 1), kMax);
  EXPECT_EQ(checked_mul(kMax / 5, 5), kMax);  // 5 divides 2^64 - 1
  EXPECT_FALSE(checked_mul(kMax / 5 + 1, 5).has_value());
  EXPECT_FALSE(checked_mul(std::uint64_t{1} << 32, std::uint64_t{1} << 32).has_value());
}

}  // namespace
}  // namespace sotto::base
