#include "kernels/quantize_q8/quantize_q8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::quantize_q8 {
namespace {

using test::Guarded;

class QuantizeQ8 : public test::KernelTest<Variant<Fn>> {
 protected:
  // The bits of the reference, in buffers that end where the rows do and have gaps between these.
  void expect_reference(const std::vector<float>& numbers, std::size_t m, std::size_t k) {
    SCOPED_TRACE(testing::Message() << "m=" << m << " k=" << k);
    const std::size_t ldx = k + 3, ldy = k / kTerms + 2;
    Guarded<float> x((m - 1) * ldx + k);
    Guarded<Block> want((m - 1) * ldy + k / kTerms), got(want.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = numbers[i % numbers.size()];
    const Args w{x.data(), ldx, want.data(), ldy, m, k};
    Args g = w;
    g.y = got.data();
    f32_ref(w, {0, work_items(w)});
    GetParam().fn(g, {0, work_items(g)});
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (std::isnan(want[i].scale)) {
        EXPECT_TRUE(std::isnan(got[i].scale)) << "block " << i;
        EXPECT_EQ(std::memcmp(&got[i].offset, &want[i].offset, sizeof(Block) - sizeof(float)), 0);
      } else {
        ASSERT_EQ(std::memcmp(&got[i], &want[i], sizeof(Block)), 0) << "block " << i;
      }
    }
  }
};

TEST_P(QuantizeQ8, GivesTheReferencesBitsForEveryNumberOfBlocks) {
  std::vector<float> x(1009);
  test::fill(x, -3.0F, 3.0F, 1);
  for (std::size_t blocks = 1; blocks <= 13; ++blocks) expect_reference(x, 3, blocks * kTerms);
}

TEST_P(QuantizeQ8, GivesTheReferencesBitsForEveryNumberOfRows) {
  std::vector<float> x(1009);
  test::fill(x, -1e-3F, 1e-3F, 2);
  for (std::size_t m = 1; m <= 2 * kItemRows + 1; ++m) expect_reference(x, m, 2 * kTerms);
}

// With a largest magnitude of 127 the scale is 1, and x + 1/2 a tie.
TEST_P(QuantizeQ8, RoundsTiesToEven) {
  Guarded<float> x(kTerms);
  for (std::size_t p = 0; p < kTerms; ++p) x[p] = static_cast<float>(p) - 15.5F;
  x[0] = -127.0F;
  Guarded<Block> y(1);
  const Args a{x.data(), kTerms, y.data(), 1, 1, kTerms};
  GetParam().fn(a, {0, 1});
  EXPECT_EQ(y[0].scale, 1.0F);
  int sum = -127;
  for (std::size_t p = 1; p < kTerms; ++p) {
    const int want = 2 * static_cast<int>(std::floor((static_cast<int>(p) - 15) / 2.0));
    EXPECT_EQ(y[0].q[p], want) << x[p];
    sum += want;
  }
  EXPECT_EQ(y[0].q[0], -127);
  EXPECT_EQ(y[0].offset, -128 * sum);
}

TEST_P(QuantizeQ8, TakesNumbersOfEverySize) {
  constexpr float kMost = std::numeric_limits<float>::max();
  constexpr float kNone = std::numeric_limits<float>::denorm_min();
  for (const float size : {0.0F, -0.0F, kNone, 1e-38F, kSmallest, std::nextafter(kSmallest, 0.0F),
                           1e-20F, 1e20F, kMost, -kMost}) {
    std::vector<float> x(kTerms * 5);
    test::fill(x, -1.0F, 1.0F, 3);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= i % kTerms == 5 ? 1.0F : size;
    expect_reference(x, 1, x.size());
    for (float& v : x) v = size;
    expect_reference(x, 1, x.size());
  }
}

TEST_P(QuantizeQ8, MarksABlockThatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float odd : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (std::size_t at = 0; at < 2 * kTerms; ++at) {
      std::vector<float> x(2 * kTerms);
      test::fill(x, -1.0F, 1.0F, 4);
      x[at] = odd;
      expect_reference(x, 1, x.size());
    }
  }
}

TEST_P(QuantizeQ8, AnySplitOfTheItemsGivesTheSameBits) {
  constexpr std::size_t kRows = 3 * kItemRows + 1, kK = 6 * kTerms;
  Guarded<float> x(kRows * kK);
  test::fill(x, -1.0F, 1.0F, 5);
  Guarded<Block> whole(kRows * 6), split(kRows * 6);
  Args a{x.data(), kK, whole.data(), 6, kRows, kK};
  ASSERT_EQ(work_items(a), 4U);
  GetParam().fn(a, {0, 4});
  a.y = split.data();
  GetParam().fn(a, {2, 4});
  GetParam().fn(a, {1, 2});
  GetParam().fn(a, {0, 1});
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(Block)), 0);
}

SOTTO_TEST_EACH_VARIANT(QuantizeQ8, variants());

TEST(QuantizeQ8Reference, IsWithinHalfAStep) {
  Guarded<float> x(7 * kTerms);
  test::fill(x, -5.0F, 5.0F, 6);
  Guarded<Block> y(7);
  const Args a{x.data(), x.size(), y.data(), 7, 1, x.size()};
  f32_ref(a, {0, 1});
  for (std::size_t b = 0; b < y.size(); ++b) {
    float largest = 0.0F;
    int sum = 0;
    for (std::size_t p = 0; p < kTerms; ++p) {
      const float v = x[b * kTerms + p];
      largest = std::max(largest, std::abs(v));
      sum += y[b].q[p];
      // Half a step, and the roundings of scale, inverse and quotient, three of 127 halves.
      EXPECT_NEAR(y[b].scale * static_cast<float>(y[b].q[p]), v, y[b].scale * 0.50005F);
    }
    EXPECT_EQ(y[b].scale, largest / 127.0F);
    EXPECT_EQ(y[b].offset, -128 * sum);
  }
}

TEST(QuantizeQ8Table, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

}  // namespace
}  // namespace sotto::kernels::quantize_q8
