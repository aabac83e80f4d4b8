#include "kernels/group_norm/group_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::group_norm {
namespace {

using test::fill;
using test::Guarded;

constexpr float kEps = 1e-5F;

class GroupNorm : public test::KernelTest<Variant<Passes>> {};

void run(const Passes& passes, const Args& a) {
  const Range all{0, work_items(a.rows)};
  passes.moments(a, all);
  passes.normalise(a, all);
}

constexpr Passes kReference{f32_moments_ref, f32_normalise_ref};

// As in layer_norm_test.cc, |gamma| <= 2, |beta| <= 1; but at most 1024 elements are summed in
// float, so k = 1024 / 4 + 8, or less where there are fewer.
double tolerance(std::size_t rows, std::size_t cols) {
  const double count = static_cast<double>(rows * cols);
  const double k = std::min(count, 1024.0) / 4 + 8;
  const double n = std::min(std::sqrt(count), 8.0);  // fill() is uniform: |n| < sqrt(3) for many
  return 0x1p-24 * (2 * (k + n * (k / 2 + 7)) + 2 * (2 * n + 1));
}

TEST_P(GroupNorm, MatchesReferenceForEveryTailAndAlignment) {
  for (std::size_t cols = 1; cols <= 70; ++cols) {
    for (const std::size_t rows : {1, 3, 65}) {
      SCOPED_TRACE(testing::Message() << "rows " << rows << " cols " << cols);
      const std::size_t slack = cols % 3;
      Guarded<float> x(rows * cols, slack), gamma(cols, 2 - slack), beta(cols, 1);
      Guarded<float> want(rows * cols), got(rows * cols, 2 * slack);
      Guarded<double> partials(2 * work_items(rows));
      fill(x, -8.0F, 8.0F, static_cast<std::uint32_t>(cols));
      fill(gamma, 0.5F, 2.0F, 1);
      fill(beta, -1.0F, 1.0F, 2);
      Args a{x.data(), gamma.data(), beta.data(), partials.data(), want.data(), rows, cols, kEps};
      run(kReference, a);
      a.y = got.data();
      run(GetParam().fn, a);
      for (std::size_t i = 0; i < want.size(); ++i) {
        ASSERT_NEAR(got[i], want[i], tolerance(rows, cols)) << "at " << i;
      }
    }
  }
}

// Blocks and chunks of unlike mean, as in a recording that becomes loud: the spread between them is
// most of the variance.
TEST_P(GroupNorm, MatchesReferenceWhereTheBlocksDiffer) {
  constexpr std::size_t kRows = 3 * kBlockRows + 9;
  constexpr std::size_t kCols = 41;
  Guarded<float> x(kRows * kCols), gamma(kCols), beta(kCols), want(x.size()), got(x.size());
  Guarded<double> partials(2 * work_items(kRows));
  fill(x, -1.0F, 1.0F, 3);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 0; c < kCols; ++c) x[r * kCols + c] += 0.1F * static_cast<float>(r);
  }
  fill(gamma, 0.5F, 2.0F, 1);
  fill(beta, -1.0F, 1.0F, 2);
  Args a{x.data(), gamma.data(), beta.data(), partials.data(), want.data(), kRows, kCols, kEps};
  run(kReference, a);
  a.y = got.data();
  run(GetParam().fn, a);
  for (std::size_t i = 0; i < want.size(); ++i) {
    ASSERT_NEAR(got[i], want[i], tolerance(kRows, kCols)) << "at " << i;
  }
}

TEST_P(GroupNorm, StaysAccurateWhereTheMeanIsAHundredDeviations) {
  constexpr std::size_t kRows = 2 * kBlockRows + 9;
  constexpr std::size_t kCols = 288;
  Guarded<float> x(kRows * kCols), gamma(kCols), beta(kCols), want(x.size()), got(x.size());
  Guarded<double> partials(2 * work_items(kRows));
  fill(x, 170.2F, 176.2F, 3);  // standard deviation sqrt(3)
  fill(gamma, 0.5F, 2.0F, 1);
  fill(beta, -1.0F, 1.0F, 2);
  Args a{x.data(), gamma.data(), beta.data(), partials.data(), want.data(), kRows, kCols, kEps};
  run(kReference, a);
  a.y = got.data();
  run(GetParam().fn, a);
  for (std::size_t i = 0; i < want.size(); ++i) {
    ASSERT_NEAR(got[i], want[i], tolerance(kRows, kCols)) << "at " << i;
  }
}

// What is left of a rounding error of the value, k u |value|, divided by sqrt(eps) = 1 / 316.
TEST_P(GroupNorm, ConstantInputGivesBeta) {
  constexpr std::size_t kRows = kBlockRows + 3;
  constexpr std::size_t kCols = 37;
  constexpr double kRoundings = 1024.0 / 4 + 8;
  for (const float value : {0.0F, 3.3F, -100.7F}) {
    Guarded<float> x(kRows * kCols), gamma(kCols), beta(kCols), y(x.size());
    Guarded<double> partials(2 * work_items(kRows));
    std::fill_n(x.data(), x.size(), value);
    fill(gamma, 0.5F, 2.0F, 1);
    fill(beta, -1.0F, 1.0F, 2);
    run(GetParam().fn,
        {x.data(), gamma.data(), beta.data(), partials.data(), y.data(), kRows, kCols, kEps});
    const double left =
        2 * 317 * kRoundings * 0x1p-24 * kRoundings * 0x1p-24 * std::abs(value) + 0x1p-24;
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], beta[i % kCols], left);
  }
}

TEST_P(GroupNorm, WorksInPlace) {
  constexpr std::size_t kRows = kBlockRows + 3;
  constexpr std::size_t kCols = 37;
  Guarded<float> x(kRows * kCols), gamma(kCols), beta(kCols), y(x.size());
  Guarded<double> partials(2 * work_items(kRows));
  fill(x, -8.0F, 8.0F, 4);
  fill(gamma, 0.5F, 2.0F, 1);
  fill(beta, -1.0F, 1.0F, 2);
  Args a{x.data(), gamma.data(), beta.data(), partials.data(), y.data(), kRows, kCols, kEps};
  run(GetParam().fn, a);
  a.y = x.data();
  run(GetParam().fn, a);
  EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(float)), 0);
}

TEST_P(GroupNorm, AnySplitOfTheItemsGivesTheSameBits) {
  constexpr std::size_t kRows = 3 * kBlockRows + 9;
  constexpr std::size_t kCols = 83;
  Guarded<float> x(kRows * kCols), gamma(kCols), beta(kCols), whole(x.size()), split(x.size());
  Guarded<double> first(2 * work_items(kRows)), second(2 * work_items(kRows));
  fill(x, -8.0F, 8.0F, 5);
  fill(gamma, 0.5F, 2.0F, 1);
  fill(beta, -1.0F, 1.0F, 2);
  Args a{x.data(), gamma.data(), beta.data(), first.data(), whole.data(), kRows, kCols, kEps};
  ASSERT_EQ(work_items(kRows), 4U);
  run(GetParam().fn, a);
  a.y = split.data();
  a.partials = second.data();
  const Range splits[] = {{3, 4}, {0, 1}, {2, 2}, {1, 3}};
  for (const Range items : splits) GetParam().fn.moments(a, items);
  for (const Range items : splits) GetParam().fn.normalise(a, items);
  EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * sizeof(double)), 0);
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
}

TEST(GroupNormTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn.moments, &f32_moments_ref);
  EXPECT_EQ(variants().back().fn.normalise, &f32_normalise_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(GroupNorm, variants());

}  // namespace
}  // namespace sotto::kernels::group_norm
