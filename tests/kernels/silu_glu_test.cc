#include "kernels/silu_glu/silu_glu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::silu_glu {
namespace {

using test::fill;
using test::Guarded;

class SiluGlu : public test::KernelTest<Variant<Fn>> {
 protected:
  float one(float value, float gate) {
    float y = 0.0F;
    GetParam().fn({&value, &gate, 1, &y, 1, 1, 1}, {0, 1});
    return y;
  }
};

double exact(double value, double gate) { return value * (gate / (1 + std::exp(-gate))); }

// Relative, in units of u = 2^-24. exp(-g): f rounds twice, 0.35 u; the last steps of the
// polynomial 1.5 u; its coefficients and its fit 0.2 u; then 1 + e, the quotient and the product 1
// u each. In all 5.1 u; seen over a sample of all floats: 2 u (1.2e-7). kSmall is for where the
// result is so small that the clamp at -87 (1.4e-36) or the denormals show.
constexpr double kBound = 5.1 * 0x1p-24;
constexpr double kSmall = 2e-36;

TEST_P(SiluGlu, IsCloseToTheDefinitionForGatesFromMinusHundredToHundred) {
  constexpr std::size_t kPoints = 40001;
  std::vector<float> gate(kPoints);
  std::vector<float> value(kPoints);
  std::vector<float> y(kPoints);
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double t = -1.0 + 2.0 * static_cast<double>(i) / (kPoints - 1);
    gate[i] = static_cast<float>(100 * t * t * t);  // dense around 0
    value[i] = i % 2 == 0 ? 1.0F : -1.7F;
  }
  GetParam().fn({value.data(), gate.data(), kPoints, y.data(), kPoints, 1, kPoints}, {0, 1});
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double want = exact(value[i], gate[i]);
    ASSERT_LE(std::abs(y[i] - want), kBound * std::abs(want) + 2 * kSmall) << "at " << gate[i];
  }
}

TEST_P(SiluGlu, VanishesForLargeNegativeGatesAndIsTheProductForLargeOnes) {
  for (const float gate : {20.0F, 88.0F, 1e10F, 1e30F}) {
    EXPECT_EQ(one(3.0F, gate), 3.0F * gate);
    EXPECT_LE(std::abs(one(3.0F, -gate)), 3.0F * gate * std::exp(-gate) * 1.001F + 6e-36F);
  }
  EXPECT_EQ(one(3.0F, 0.0F), 0.0F);
  EXPECT_EQ(one(0.0F, 3.0F), 0.0F);
}

TEST_P(SiluGlu, PassesNotANumberOn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(one(nan, 1.0F)));
  EXPECT_TRUE(std::isnan(one(1.0F, nan)));
}

// Both halves of one projection [rows, 2 cols], as the graph passes them; stays inside strided
// rows.
TEST_P(SiluGlu, AnElementHasTheSameBitsWhereverItLies) {
  constexpr std::size_t kRows = 2;
  for (std::size_t cols = 1; cols <= 70; ++cols) {
    for (const std::size_t pad : {0, 1, 3}) {
      SCOPED_TRACE(testing::Message() << "cols " << cols << " pad " << pad);
      const std::size_t ldx = 2 * cols + pad;
      const std::size_t ldy = cols + pad;
      Guarded<float> x(ldx + 2 * cols, pad);
      Guarded<float> y(ldy + cols, (pad + cols) % 4);
      fill(x, -6.0F, 6.0F, static_cast<std::uint32_t>(cols));
      std::fill_n(y.data(), y.size(), 77.0F);
      GetParam().fn({x.data(), x.data() + cols, ldx, y.data(), ldy, kRows, cols}, {0, kRows});
      for (std::size_t r = 0; r < kRows; ++r) {
        for (std::size_t c = 0; c < cols; ++c) {
          ASSERT_EQ(y[r * ldy + c], one(x[r * ldx + c], x[r * ldx + cols + c])) << r << ", " << c;
        }
      }
      for (std::size_t c = cols; c < ldy; ++c) ASSERT_EQ(y[c], 77.0F) << "between rows";
    }
  }
}

TEST_P(SiluGlu, AnySplitOfTheItemsGivesTheSameBits) {
  constexpr std::size_t kRows = 5;
  constexpr std::size_t kCols = 83;
  Guarded<float> x(kRows * 2 * kCols);
  Guarded<float> whole(kRows * kCols);
  Guarded<float> split(kRows * kCols);
  fill(x, -6.0F, 6.0F, 6);
  Args a{x.data(), x.data() + kCols, 2 * kCols, whole.data(), kCols, kRows, kCols};
  ASSERT_EQ(work_items(a), kRows);
  GetParam().fn(a, {0, kRows});
  a.y = split.data();
  for (const Range items : {Range{4, 5}, Range{0, 1}, Range{2, 2}, Range{1, 4}}) {
    GetParam().fn(a, items);
  }
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
}

TEST(SiluGluTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(SiluGlu, variants());

}  // namespace
}  // namespace sotto::kernels::silu_glu
