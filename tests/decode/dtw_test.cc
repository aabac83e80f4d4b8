#include "lib/decode/dtw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace sotto::decode {
namespace {

using Costs = std::vector<float>;
using Indices = std::vector<std::int32_t>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Dtw, TakesTheCheapestPath) {
  const WarpingPath path = dtw(Costs{0, 9, 9, 9,   //
                                     0, 0, 0, 9,   //
                                     9, 9, 9, 0},  //
                               3, 4);
  EXPECT_EQ(path.rows, (Indices{0, 1, 1, 1, 2}));
  EXPECT_EQ(path.columns, (Indices{0, 0, 1, 2, 3}));
}

// As dtw_cpu() answers.
TEST(Dtw, PrefersRightOfEqualsEvenWhereItCostsMore) {
  const WarpingPath path = dtw(Costs(9, 0.0F), 3, 3);
  EXPECT_EQ(path.rows, (Indices{0, 1, 2, 2, 2}));
  EXPECT_EQ(path.columns, (Indices{0, 0, 0, 1, 2}));
  // The last cell is reached for 0 from above and from above to the left, for 5 from the left.
  const WarpingPath dear = dtw(Costs{0, 0, 5, 0}, 2, 2);
  EXPECT_EQ(dear.rows, (Indices{0, 1, 1}));
  EXPECT_EQ(dear.columns, (Indices{0, 0, 1}));
  // For 1 from above and from the left, for 9 from both.
  const WarpingPath tied = dtw(Costs{9, -8, -8, 0}, 2, 2);
  EXPECT_EQ(tied.rows, (Indices{0, 1, 1}));
}

TEST(Dtw, HasOneRowOrOneColumn) {
  const WarpingPath row = dtw(Costs{1, 2, 3}, 1, 3);
  EXPECT_EQ(row.rows, (Indices{0, 0, 0}));
  EXPECT_EQ(row.columns, (Indices{0, 1, 2}));
  const WarpingPath column = dtw(Costs{1, 2, 3}, 3, 1);
  EXPECT_EQ(column.rows, (Indices{0, 1, 2}));
  EXPECT_EQ(column.columns, (Indices{0, 0, 0}));
}

// As dtw_cpu() answers: not-a-numbers lead it off the first column.
TEST(Dtw, LeavesToTheLeftWhereNothingCanBeCompared) {
  const WarpingPath nans = dtw(Costs(3, kNan), 3, 1);
  EXPECT_EQ(nans.rows, (Indices{0, 1, 2, 2}));
  EXPECT_EQ(nans.columns, (Indices{-1, -1, -1, 0}));
  const WarpingPath empty = dtw({}, 3, 0);
  EXPECT_EQ(empty.rows, (Indices{0, 1, 2}));
  EXPECT_EQ(empty.columns, (Indices{-1, -1, -1}));
}

// The least sum of any path, by trying each cell's three ways back.
float least(const Costs& costs, std::size_t columns, std::size_t row, std::size_t column) {
  const float cost = costs[row * columns + column];
  if (row == 0 && column == 0) return cost;
  float best = std::numeric_limits<float>::infinity();
  if (row > 0) best = std::min(best, least(costs, columns, row - 1, column));
  if (column > 0) best = std::min(best, least(costs, columns, row, column - 1));
  if (row > 0 && column > 0) best = std::min(best, least(costs, columns, row - 1, column - 1));
  return best + cost;
}

// Where no sums are equal: none are of these.
TEST(Dtw, StepsOneAtATimeAndCostsTheLeast) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const std::size_t rows = 1 + random() % 5;
    const std::size_t columns = 1 + random() % 6;
    Costs costs(rows * columns);
    for (float& cost : costs)
      cost = static_cast<float>(random() % 200003) - 1e5F;  // sums are exact
    const WarpingPath path = dtw(costs, rows, columns);
    ASSERT_EQ(path.rows.size(), path.columns.size());
    float sum = 0;
    for (std::size_t i = 0; i < path.rows.size(); ++i) {
      sum += costs[static_cast<std::size_t>(path.rows[i]) * columns +
                   static_cast<std::size_t>(path.columns[i])];
      if (i == 0) continue;
      const std::int32_t down = path.rows[i] - path.rows[i - 1];
      const std::int32_t right = path.columns[i] - path.columns[i - 1];
      ASSERT_TRUE((down == 0 || down == 1) && (right == 0 || right == 1) && down + right > 0);
    }
    EXPECT_EQ(path.rows.front() + path.columns.front(), 0);
    EXPECT_EQ(path.rows.back(), static_cast<std::int32_t>(rows) - 1);
    EXPECT_EQ(path.columns.back(), static_cast<std::int32_t>(columns) - 1);
    EXPECT_EQ(sum, least(costs, columns, rows - 1, columns - 1));
  }
}

}  // namespace
}  // namespace sotto::decode
