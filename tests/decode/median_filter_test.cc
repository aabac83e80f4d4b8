#include "lib/decode/median_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace sotto::decode {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> filter(const std::vector<float>& x) {
  std::vector<float> y(x.size());
  std::vector<std::int32_t> scratch;
  median_filter(x, y, scratch);
  return y;
}

// Sorts seven values for each place.
std::vector<float> filter_plainly(const std::vector<float>& x) {
  const auto size = static_cast<std::ptrdiff_t>(x.size());
  if (size <= 3) return x;
  std::vector<float> y;
  for (std::ptrdiff_t t = 0; t < size; ++t) {
    std::vector<float> near;
    for (std::ptrdiff_t i = t - 3; i <= t + 3; ++i) {
      const std::ptrdiff_t within = i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
      near.push_back(x[static_cast<std::size_t>(within)]);
    }
    std::sort(near.begin(), near.end(),
              [](float a, float b) { return std::isnan(b) ? !std::isnan(a) : a < b; });
    y.push_back(near[3]);
  }
  return y;
}

void expect_same(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(actual[i])) << i;
    } else {
      EXPECT_EQ(actual[i], expected[i]) << i;
    }
  }
}

// A network of exchanges that is right for zeros and ones is right for everything.
TEST(MedianFilter, IsRightForAllZerosAndOnes) {
  for (unsigned bits = 0; bits < 128; ++bits) {
    std::vector<float> x;
    for (unsigned i = 0; i < 7; ++i) x.push_back(static_cast<float>(bits >> i & 1));
    expect_same(filter(x), filter_plainly(x));
  }
}

TEST(MedianFilter, ReflectsTheEnds) {
  expect_same(filter({5, 1, 2, 9}), {2, 2, 2, 2});  // 9 2 1 5 1 2 9, 2 1 5 1 2 9 2, ...
  expect_same(filter({1, 2, 3, 4, 5, 6, 7, 8}), {3, 3, 3, 4, 5, 6, 6, 6});
}

TEST(MedianFilter, LeavesWhatIsTooShortToReflect) {
  expect_same(filter({}), {});
  expect_same(filter({7}), {7});
  expect_same(filter({3, 1, 2}), {3, 1, 2});
}

TEST(MedianFilter, PutsNotANumbersLast) {
  expect_same(filter({kNan, kNan, kNan, kNan}), {kNan, kNan, kNan, kNan});
  expect_same(filter({1, kNan, 2, -kNan, 3, kInfinity, 4}),
              filter_plainly({1, kNan, 2, kNan, 3, kInfinity, 4}));
  EXPECT_EQ(filter({1, kNan, 2, -kNan, kInfinity, kInfinity, -kInfinity})[3], kInfinity);
}

TEST(MedianFilter, AgreesWithSortingForEveryLength) {
  std::mt19937 random(1);
  const float odd[] = {0, -0.0F, kNan, -kNan, kInfinity, -kInfinity, 1e-45F, -1e-45F};
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<float> x(size);
    for (float& value : x) {
      value = random() % 4 == 0 ? odd[random() % std::size(odd)]
                                : static_cast<float>(random() % 2001) / 100 - 10;
    }
    expect_same(filter(x), filter_plainly(x));
  }
}

}  // namespace
}  // namespace sotto::decode
