#include "kernels/layer_norm/layer_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::layer_norm {
namespace {

using test::fill;
using test::Guarded;

constexpr float kEps = 1e-5F;

class LayerNorm : public test::KernelTest<Variant<Fn>> {
 protected:
  void run(const Args& a) { GetParam().fn(a, {0, work_items(a)}); }
};

// Of an element (x - mean) / std * gamma + beta, with u = 2^-24 and |gamma| <= 2, |beta| <= 1. A
// sum of `cols` floats in four lanes or more rounds at most k = cols / 4 + 8 times, so the sums of
// the deviations d and d^2 are good to k u: the mean to k u std whatever its size, since d of a
// rough mean is exact where the mean is large and corrects it; 1 / std to (k / 2 + 4) u. The
// normalised value n is below sqrt(cols) and takes three roundings more, y two.
double tolerance(std::size_t cols) {
  const double k = static_cast<double>(cols) / 4 + 8;
  const double n = std::sqrt(static_cast<double>(cols));
  return 0x1p-24 * (2 * (k + n * (k / 2 + 7)) + 2 * (2 * n + 1));
}

TEST_P(LayerNorm, MatchesReferenceForEveryTailAndAlignment) {
  constexpr std::size_t kRows = 3;
  for (std::size_t cols = 1; cols <= 70; ++cols) {
    for (const std::size_t pad : {0, 1, 3}) {
      SCOPED_TRACE(testing::Message() << "cols " << cols << " pad " << pad);
      const std::size_t ldx = cols + pad;
      const std::size_t ldy = cols + 2 * pad;
      Guarded<float> x(2 * ldx + cols, pad);
      Guarded<float> gamma(cols, 3 - pad);
      Guarded<float> beta(cols, (pad + cols) % 4);
      Guarded<float> want(2 * ldy + cols);
      Guarded<float> got(2 * ldy + cols, pad);
      fill(x, -8.0F, 8.0F, static_cast<std::uint32_t>(cols));
      fill(gamma, 0.5F, 2.0F, 1);
      fill(beta, -1.0F, 1.0F, 2);
      std::fill_n(want.data(), want.size(), 77.0F);
      std::fill_n(got.data(), got.size(), 77.0F);
      for (const float* offset :
           {static_cast<const float*>(beta.data()), static_cast<const float*>(nullptr)}) {
        Args a{x.data(), ldx, gamma.data(), offset, want.data(), ldy, kRows, cols, kEps};
        f32_ref(a, {0, work_items(a)});
        a.y = got.data();
        run(a);
        for (std::size_t i = 0; i < want.size(); ++i) {
          ASSERT_NEAR(got[i], want[i], tolerance(cols)) << "at " << i;
        }
      }
    }
  }
}

TEST_P(LayerNorm, MatchesReferenceForTheWidthsOfTheModels) {
  for (const std::size_t cols : {288, 384, 416, 512, 768, 1024, 1280}) {
    Guarded<float> x(2 * cols), gamma(cols), beta(cols), want(2 * cols), got(2 * cols);
    fill(x, -8.0F, 8.0F, static_cast<std::uint32_t>(cols));
    fill(gamma, 0.5F, 2.0F, 1);
    fill(beta, -1.0F, 1.0F, 2);
    Args a{x.data(), cols, gamma.data(), beta.data(), want.data(), cols, 2, cols, kEps};
    f32_ref(a, {0, 1});
    a.y = got.data();
    run(a);
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], tolerance(cols));
  }
}

// One-pass moments are wrong by 8e-3 here.
TEST_P(LayerNorm, StaysAccurateWhereTheMeanIsAHundredDeviations) {
  constexpr std::size_t kCols = 384;
  Guarded<float> x(kCols), gamma(kCols), beta(kCols), want(kCols), got(kCols);
  for (const float mean : {173.2F, -173.2F}) {
    fill(x, mean - 3.0F, mean + 3.0F, 3);  // standard deviation sqrt(3)
    fill(gamma, 0.5F, 2.0F, 1);
    fill(beta, -1.0F, 1.0F, 2);
    Args a{x.data(), kCols, gamma.data(), beta.data(), want.data(), kCols, 1, kCols, kEps};
    f32_ref(a, {0, 1});
    a.y = got.data();
    run(a);
    for (std::size_t i = 0; i < kCols; ++i) ASSERT_NEAR(got[i], want[i], tolerance(kCols));
  }
}

// The deviations are rounding errors of the mean, at most k u |value|. Their own mean is known to k
// u of them, and what remains is divided by sqrt(eps) = 1 / 316.
TEST_P(LayerNorm, ConstantRowsGiveBeta) {
  for (const std::size_t cols : {1, 17, 70, 384}) {
    for (const float value : {0.0F, 3.3F, -100.7F, 3000.1F}) {
      SCOPED_TRACE(testing::Message() << "cols " << cols << " value " << value);
      Guarded<float> x(cols), gamma(cols), beta(cols), y(cols);
      std::fill_n(x.data(), cols, value);
      fill(gamma, 0.5F, 2.0F, 1);
      fill(beta, -1.0F, 1.0F, 2);
      run({x.data(), cols, gamma.data(), beta.data(), y.data(), cols, 1, cols, kEps});
      const double k = static_cast<double>(cols) / 4 + 8;
      const double left = 2 * 317 * k * 0x1p-24 * k * 0x1p-24 * std::abs(value) + 0x1p-24;
      for (std::size_t c = 0; c < cols; ++c) ASSERT_NEAR(y[c], beta[c], left) << "at " << c;
    }
  }
}

TEST_P(LayerNorm, WorksInPlace) {
  constexpr std::size_t kRows = 17;
  constexpr std::size_t kCols = 83;
  Guarded<float> x(kRows * kCols), gamma(kCols), beta(kCols), y(kRows * kCols);
  fill(x, -8.0F, 8.0F, 4);
  fill(gamma, 0.5F, 2.0F, 1);
  fill(beta, -1.0F, 1.0F, 2);
  Args a{x.data(), kCols, gamma.data(), beta.data(), y.data(), kCols, kRows, kCols, kEps};
  run(a);
  a.y = x.data();
  run(a);
  EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(float)), 0);
}

TEST_P(LayerNorm, AnySplitOfTheItemsGivesTheSameBits) {
  constexpr std::size_t kRows = 3 * kBlockRows + 5;
  constexpr std::size_t kCols = 83;
  Guarded<float> x(kRows * kCols), gamma(kCols), whole(kRows * kCols), split(kRows * kCols);
  fill(x, -8.0F, 8.0F, 5);
  fill(gamma, 0.5F, 2.0F, 1);
  Args a{x.data(), kCols, gamma.data(), nullptr, whole.data(), kCols, kRows, kCols, kEps};
  ASSERT_EQ(work_items(a), 4U);
  run(a);
  a.y = split.data();
  for (const Range items : {Range{3, 4}, Range{0, 1}, Range{2, 2}, Range{1, 3}}) {
    GetParam().fn(a, items);
  }
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
}

TEST(LayerNormTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(LayerNorm, variants());

}  // namespace
}  // namespace sotto::kernels::layer_norm
