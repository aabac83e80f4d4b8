#include "lib/decode/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace sotto::decode {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// exp() is right to two units in the last place, and logit - largest is rounded to half of one of
// up to ln(50000) + 10, what lies deeper having no weight: 2^-22 + 21 * 2^-24.
constexpr double kLogSumTolerance = 0x1p-22 + 21 * 0x1p-24;

std::vector<float> random_row(std::size_t size, float spread, std::uint32_t seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> row(size);
  for (float& x : row) x = normal(rng);
  return row;
}

double plain_log_sum_exp(const std::vector<float>& row) {
  double sum = 0;
  float top_float = -kInf;  // a reduction of doubles by fmax is an internal error of g++ 12 for ARM
  for (const float x : row) {
    if (x > top_float) top_float = x;
  }
  const double top = top_float;
  for (const float x : row) sum += std::isnan(x) ? 0 : std::exp(static_cast<double>(x) - top);
  return top + std::log(sum);
}

TEST(LogSumExp, IsThatOfDoublesForEveryTailLength) {
  for (std::size_t size = 1; size < 600; ++size) {
    std::vector<float> row = random_row(size, 3, static_cast<std::uint32_t>(size));
    if (size % 3 == 0) row[size / 2] = -kInf;
    if (size % 5 == 0) row[size / 3] = kNan;
    EXPECT_NEAR(log_sum_exp(row), plain_log_sum_exp(row), kLogSumTolerance) << size;
  }
}

TEST(LogSumExp, IsThatOfDoublesForAVocabulary) {
  for (const float spread : {0.0F, 0.1F, 4.0F, 40.0F, 1e6F}) {
    std::vector<float> row = random_row(51865, spread, 7);
    const double expected = plain_log_sum_exp(row);
    EXPECT_NEAR(log_sum_exp(row), expected, kLogSumTolerance + std::fabs(expected) * DBL_EPSILON);
    for (float& x : row) x += 1000;  // a sum of exponentials would overflow
    EXPECT_NEAR(log_sum_exp(row), plain_log_sum_exp(row), kLogSumTolerance + 2000 * 0x1p-24);
  }
}

TEST(LogSumExp, CountsNoDepthAsSomething) {
  EXPECT_DOUBLE_EQ(log_sum_exp(std::vector<float>{5, -82.5F}), 5);  // below exp(-87): nothing
  EXPECT_DOUBLE_EQ(log_sum_exp(std::vector<float>{5, -kInf, kNan}), 5);
  EXPECT_DOUBLE_EQ(log_sum_exp(std::vector<float>{FLT_MAX, -FLT_MAX}), FLT_MAX);
}

TEST(LogSumExp, IsMinusInfinityWhereNothingCanBeChosen) {
  EXPECT_EQ(log_sum_exp({}), -kInf);
  EXPECT_EQ(log_sum_exp(std::vector<float>(40, -kInf)), -kInf);
  EXPECT_EQ(log_sum_exp(std::vector<float>(40, kNan)), -kInf);
  std::vector<float> row(40, 1);
  row[30] = kInf;
  EXPECT_EQ(log_sum_exp(row), -kInf);
}

TEST(LogProbability, StaysBetweenFltMaxAndZero) {
  EXPECT_DOUBLE_EQ(log_probability(1, 3), -2);
  EXPECT_EQ(log_probability(3, 2.9999999), 0);
  EXPECT_EQ(log_probability(-kInf, 3), -static_cast<double>(FLT_MAX));
  EXPECT_EQ(log_probability(kNan, 3), -static_cast<double>(FLT_MAX));
  EXPECT_EQ(log_probability(-FLT_MAX, 1e38), -static_cast<double>(FLT_MAX));
}

TEST(Probability, IsTheSoftmax) {
  const std::vector<float> row = {0, std::log(2.0F), std::log(5.0F), -kInf};
  EXPECT_NEAR(probability(row, 0), 0.125, 1e-6);
  EXPECT_NEAR(probability(row, 1), 0.25, 1e-6);
  EXPECT_NEAR(probability(row, 2), 0.625, 1e-6);
  EXPECT_EQ(probability(row, 3), 0);
  EXPECT_EQ(probability(std::vector<float>(3, kNan), 1), 0);
}

TEST(Largest, SkipsNotANumbers) {
  for (std::size_t size = 1; size < 70; ++size) {
    std::vector<float> row(size, kNan);
    EXPECT_EQ(largest(row), -kInf);
    row[size / 2] = -3;
    row[0] = -4;
    EXPECT_EQ(largest(row), size == 1 ? -4 : -3);
  }
}

TEST(LargestIds, AreThoseOfAStableSort) {
  std::mt19937 rng(5);
  for (std::size_t size : {1, 2, 7, 255, 256, 257, 1000}) {
    for (std::size_t count : {1, 2, 6, 9}) {
      for (int levels : {3, 20, 100000}) {  // few levels: many equals
        std::vector<float> row(size);
        for (float& x : row) x = static_cast<float>(rng() % static_cast<unsigned>(levels));
        for (std::size_t i = 0; i < size; i += 5) row[i] = i % 2 == 0 ? -kInf : kNan;
        std::vector<std::int32_t> order;
        for (std::size_t i = 0; i < size; ++i) {
          if (row[i] > -kInf) order.push_back(static_cast<std::int32_t>(i));
        }
        std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
          return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
        });
        order.resize(std::min(order.size(), count));
        std::vector<std::int32_t> best(count, -1);
        best.resize(largest_ids(row, best));
        EXPECT_EQ(best, order) << size << " " << count << " " << levels;
      }
    }
  }
}

TEST(Draw, InvertsTheCumulativeDistribution) {
  for (std::size_t size : {1, 5, 16, 255, 256, 257, 3000}) {
    std::vector<float> row = random_row(size, 2, 11), weights(size);
    for (std::size_t i = 0; i < size; i += 4) row[i] = -kInf;
    if (size == 1) row[0] = 0;
    for (const double temperature : {0.2, 1.0, 3.0}) {
      std::vector<double> cumulative(size);
      double sum = 0;
      for (std::size_t i = 0; i < size; ++i) {
        cumulative[i] = sum += std::exp(static_cast<double>(row[i]) / temperature);
      }
      for (int k = 0; k < 1000; ++k) {
        const double u = (k + 0.5) / 1000;
        const auto token = static_cast<std::size_t>(draw(row, temperature, u, weights));
        ASSERT_LT(token, size);
        // Weights carry relative errors of (8 sigma / T) * 2^-24 and a few more.
        const double slack = sum * 16 / temperature * 0x1p-22;
        EXPECT_GT(cumulative[token], u * sum - slack);
        EXPECT_LT(token == 0 ? 0 : cumulative[token - 1], u * sum + slack);
      }
    }
  }
}

TEST(Draw, NeverTakesWhatCannotBeChosen) {
  const double almost_one = std::nextafter(1.0, 0.0);
  for (std::size_t size = 1; size < 600; size += 13) {
    std::vector<float> row(size, -kInf), weights(size);
    const std::size_t only = size / 2;
    row[only] = -2;
    if (size > 3) row[only + 1] = kNan;
    for (const double u : {0.0, 0.3, almost_one}) {
      EXPECT_EQ(draw(row, 1, u, weights), static_cast<std::int32_t>(only)) << size;
    }
    row[only] = kNan;
    EXPECT_EQ(draw(row, 1, 0.5, weights), -1);
  }
}

TEST(Draw, TakesTheLastPossibleOneWhereTheSumIsRoundedDown) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    std::vector<float> row = random_row(100, 1, seed), weights(200);
    row.resize(200, -kInf);
    EXPECT_LT(draw(row, 1, std::nextafter(1.0, 0.0), weights), 100);
  }
}

TEST(Draw, OfAColdRowIsTheLargest) {
  const std::vector<float> row = {1, 1.1F, 0.9F};
  std::vector<float> weights(3);
  for (double u = 0; u < 1; u += 0.01) EXPECT_EQ(draw(row, 0.001, u, weights), 1);
}

TEST(Random, IsSplitMix64) {
  // The first outputs for this seed, as published with other implementations of it.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(Random, IsUniformIn01) {
  Random random(9);
  double sum = 0, least = 1, most = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    sum += u;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_NEAR(sum / kDraws, 0.5, 4 / std::sqrt(12.0 * kDraws));  // four standard deviations
}

}  // namespace
}  // namespace sotto::decode
