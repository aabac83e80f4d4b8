#include "kernels/tanh/tanh.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::tanh {
namespace {

using test::fill;
using test::Guarded;

class Tanh : public test::KernelTest<Variant<Fn>> {
 protected:
  void run(const float* x, float* y, std::size_t count) {
    const Args a{x, y, count};
    GetParam().fn(a, {0, work_items(a)});
  }
  float one(float x) {
    float y = 0.0F;
    run(&x, &y, 1);
    return y;
  }
};

double exact(double x) { return std::tanh(x); }

// Relative, down to where a float is denormal.
double scale_of(double y) { return std::max(std::abs(y), 0x1p-126); }

// y = e / (e + 2), e = expm1(2|x|), in relative units of u = 2^-24. Worst just past |x| = ln(2) /
// 4, where e = 2 q + 1 = 0.41: q is good to 0.6 u absolute (f and itself 1/4 u each, and the steps
// before), e to 2.9 u + 1 u, of which 2 / (e + 2) = 0.83 counts; e + 2 and the quotient 1 u each.
// In all 5.3 u; seen over a sample of all floats: 2.9 u (1.72e-7), 0.9e-7 absolute.
constexpr double kBound = 5.3 * 0x1p-24;

TEST_P(Tanh, IsCloseToTheDefinitionFromMinusTwelveToTwelve) {
  constexpr std::size_t kPoints = 40001;
  std::vector<float> x(kPoints);
  std::vector<float> y(kPoints);
  for (std::size_t i = 0; i < kPoints; ++i) {
    x[i] = static_cast<float>(-12.0 + 24.0 * static_cast<double>(i) / (kPoints - 1));
  }
  run(x.data(), y.data(), kPoints);
  double worst = 0.0;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double error = std::abs(y[i] - exact(x[i])) / scale_of(exact(x[i]));
    ASSERT_LE(error, kBound) << "at " << x[i];
    worst = std::max(worst, error);
  }
  RecordProperty("worst", std::to_string(worst));
}

TEST_P(Tanh, IsCloseToTheDefinitionForEveryMagnitude) {
  for (int exponent = -149; exponent <= 99; ++exponent) {
    for (const float mantissa : {1.0F, 1.37F, 1.9F, -1.0F, -1.37F, -1.9F}) {
      const float x = std::ldexp(mantissa, exponent);
      ASSERT_LE(std::abs(one(x) - exact(x)), kBound * scale_of(exact(x))) << "at " << x;
    }
  }
}

TEST_P(Tanh, IsOneFarFromZeroAndNeverMore) {
  for (const float x : {9.1F, 12.0F, 88.0F, 1e10F, 1e30F, std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(one(x), 1.0F);
    EXPECT_EQ(one(-x), -1.0F);
  }
  for (float x = 7.5F; x < 9.2F; x += 0.001F) ASSERT_LE(one(x), 1.0F) << "at " << x;
}

TEST_P(Tanh, KeepsTinyNumbersAndTheSignOfZero) {
  for (const float x : {1e-8F, 1e-20F, 1e-40F, 0.0F}) {
    EXPECT_EQ(one(x), x);
    EXPECT_EQ(one(-x), -x);
  }
  EXPECT_TRUE(std::signbit(one(-0.0F)));
}

TEST_P(Tanh, PassesNotANumberOn) {
  EXPECT_TRUE(std::isnan(one(std::numeric_limits<float>::quiet_NaN())));
}

TEST_P(Tanh, AnElementHasTheSameBitsWhereverItLies) {
  for (std::size_t count = 1; count <= 70; ++count) {
    for (const std::size_t slack : {0, 1, 3}) {
      SCOPED_TRACE(testing::Message() << "count " << count << " slack " << slack);
      Guarded<float> x(count, slack);
      Guarded<float> y(count, (slack + count) % 4);
      fill(x, -6.0F, 6.0F, static_cast<std::uint32_t>(count));
      run(x.data(), y.data(), count);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(y[i], one(x[i])) << "at " << i;
    }
  }
}

TEST_P(Tanh, WorksInPlace) {
  Guarded<float> x(kBlock + 77);
  Guarded<float> y(kBlock + 77);
  fill(x, -6.0F, 6.0F, 5);
  run(x.data(), y.data(), x.size());
  run(x.data(), x.data(), x.size());
  EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(float)), 0);
}

TEST_P(Tanh, AnySplitOfTheItemsGivesTheSameBits) {
  const std::size_t count = 3 * kBlock + 21;
  Guarded<float> x(count);
  Guarded<float> whole(count);
  Guarded<float> split(count);
  fill(x, -6.0F, 6.0F, 6);
  run(x.data(), whole.data(), count);
  const Args a{x.data(), split.data(), count};
  ASSERT_EQ(work_items(a), 4U);
  for (const Range items : {Range{3, 4}, Range{0, 1}, Range{2, 2}, Range{1, 3}})
    GetParam().fn(a, items);
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), count * sizeof(float)), 0);
}

TEST(TanhTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(Tanh, variants());

}  // namespace
}  // namespace sotto::kernels::tanh
