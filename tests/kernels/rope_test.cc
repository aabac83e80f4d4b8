#include "kernels/rope/rope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::rope {
namespace {

using test::fill;
using test::Guarded;
using Sizes = std::initializer_list<std::size_t>;

constexpr float kEps = std::numeric_limits<float>::epsilon();

class Rope : public test::KernelTest<Variant<Fn>> {};

TEST_P(Rope, MatchesReferenceForEveryRotaryDim) {
  for (std::size_t rotary_dim = 0; rotary_dim <= 64; rotary_dim += 2) {
    for (const std::size_t heads : Sizes{1, 3}) {
      const std::size_t head_dim = std::max<std::size_t>(rotary_dim + rotary_dim % 3, 1);
      const std::size_t rows = 1 + rotary_dim % 7 * 5;
      const std::size_t gap = rotary_dim % 5;
      SCOPED_TRACE(testing::Message() << "rotary_dim=" << rotary_dim << " heads=" << heads);
      const std::size_t ldx = heads * head_dim + gap;
      const std::size_t pairs = rotary_dim / 2;
      constexpr std::size_t kPast = 2;
      Guarded<float> cos((kPast + rows) * pairs);
      Guarded<float> sin((kPast + rows) * pairs);
      Guarded<float> want(rows * ldx - gap);
      Guarded<float> got(rows * ldx - gap);
      fill(cos, -1.0F, 1.0F, 1);
      fill(sin, -1.0F, 1.0F, 2);
      fill(got, -4.0F, 4.0F, 3);
      std::copy_n(got.data(), got.size(), want.data());

      Args args{want.data(), ldx, cos.data(), sin.data(), rows, heads, head_dim, rotary_dim, kPast};
      f32_ref(args, {0, work_items(args)});
      args.x = got.data();
      GetParam().fn(args, {0, work_items(args)});
      // Two products and a sum, each below 8 and rounded by half an ulp.
      for (std::size_t i = 0; i < want.size(); ++i) {
        ASSERT_NEAR(got[i], want[i], 3 * 4.0F * kEps) << "at " << i;
      }
    }
  }
}

TEST_P(Rope, DimensionsBeyondRotaryDimStay) {
  Guarded<float> x(2 * 3 * 10);
  fill(x, -1.0F, 1.0F, 4);
  const std::vector<float> before(x.data(), x.data() + x.size());
  const std::vector<float> zero(2 * 3, 0.0F);  // a rotation by cos = sin = 0 clears what it touches
  const Args args{x.data(), 30, zero.data(), zero.data(), 2, 3, 10, 6, 0};
  GetParam().fn(args, {0, work_items(args)});
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(x[i], i % 10 < 6 ? 0.0F : before[i]) << i;
}

TEST_P(Rope, PastMovesThePosition) {
  constexpr std::size_t kRows = 5;
  std::vector<float> cos(40 * 4);
  std::vector<float> sin(40 * 4);
  fill_tables(40, 8, 10000.0, cos.data(), sin.data());
  std::vector<float> x(40 * 8, 1.0F);
  const Args all{x.data(), 8, cos.data(), sin.data(), 40, 1, 8, 8, 0};
  GetParam().fn(all, {0, work_items(all)});
  Guarded<float> part(kRows * 8);
  std::fill_n(part.data(), part.size(), 1.0F);
  const Args late{part.data(), 8, cos.data(), sin.data(), kRows, 1, 8, 8, 31};
  GetParam().fn(late, {0, work_items(late)});
  EXPECT_EQ(std::memcmp(part.data(), &x[31 * 8], part.size() * sizeof(float)), 0);
}

TEST_P(Rope, AnySplitOfTheItemsGivesTheSameBits) {
  constexpr std::size_t kRows = 70;
  std::vector<float> cos(kRows * 16);
  std::vector<float> sin(kRows * 16);
  fill_tables(kRows, 32, 10000.0, cos.data(), sin.data());
  Guarded<float> whole(kRows * 2 * 36);
  Guarded<float> split(kRows * 2 * 36);
  fill(whole, -1.0F, 1.0F, 5);
  std::copy_n(whole.data(), whole.size(), split.data());
  Args args{whole.data(), 72, cos.data(), sin.data(), kRows, 2, 36, 32, 0};
  GetParam().fn(args, {0, work_items(args)});
  args.x = split.data();
  for (std::size_t item = work_items(args); item-- > 0;) GetParam().fn(args, {item, item + 1});
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
}

// The first pair turns by one radian a position; pair i by base^(-2i / rotary_dim) radians.
TEST(RopeTables, AnglesArePositionTimesFrequency) {
  constexpr std::size_t kPositions = 512;
  constexpr std::size_t kPairs = 16;
  std::vector<float> cos(kPositions * kPairs);
  std::vector<float> sin(kPositions * kPairs);
  fill_tables(kPositions, 2 * kPairs, 10000.0, cos.data(), sin.data());
  for (std::size_t p = 0; p < kPositions; ++p) {
    EXPECT_EQ(cos[p * kPairs], static_cast<float>(std::cos(static_cast<double>(p))));
    EXPECT_EQ(sin[p * kPairs], static_cast<float>(std::sin(static_cast<double>(p))));
    for (std::size_t i = 0; i < kPairs; ++i) {
      const double angle = static_cast<double>(p) *
                           std::pow(10000.0, -2.0 * static_cast<double>(i) / (2.0 * kPairs));
      // The f32 exponent, power, frequency and angle are each off by half an ulp; the exponent's
      // error grows by ln(base) = 9.2.
      const double tolerance = (0.5 * (9.3 + 3.0) * angle + 1.0) * kEps;
      ASSERT_NEAR(cos[p * kPairs + i], std::cos(angle), tolerance) << p << ' ' << i;
      ASSERT_NEAR(sin[p * kPairs + i], std::sin(angle), tolerance) << p << ' ' << i;
    }
  }
}

TEST(RopeTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(Rope, variants());

}  // namespace
}  // namespace sotto::kernels::rope
