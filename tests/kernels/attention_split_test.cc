#include "kernels/attention_split/attention_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "tests/support/packed_attention.h"
#include "tests/support/variants.h"

namespace sotto::kernels::attention_split {
namespace {

using Shape = test::PackedShape;
using Sizes = std::initializer_list<std::size_t>;

struct Case : test::PackedCase<std::uint16_t> {
  explicit Case(const Shape& s) : PackedCase(s, split_kv::packed_size) {}
  void run(Fn fn) { PackedCase::run(split_kv::f32_ref, fn); }
};

class AttentionSplit : public test::KernelTest<Variant<Fn>> {
 protected:
  // Against attention on the same numbers. A product is off by 2^-14 of its magnitude at most; a
  // score is a sum of head_dim of them of random signs, each at most reach^2 * scale, and so are
  // the errors; a factor of 4 covers the largest of some 10^5 scores. With f32's own roundings, of
  // eps / 2 for each of as many additions, a weight is off by that factor and 2 eps, the mean of
  // values below 2 by twice that and 2^-14.
  void expect_attention(const Shape& shape) {
    SCOPED_TRACE(testing::Message() << shape.queries << " queries, " << shape.keys << " keys, "
                                    << shape.heads << " heads of " << shape.head_dim);
    Case c(shape);
    c.run(GetParam().fn);
    attention::f32_ref(c.exact, {0, attention::work_items(c.exact)});
    constexpr float kEps = std::numeric_limits<float>::epsilon();
    const float root = std::sqrt(static_cast<float>(shape.head_dim));
    const float product = shape.reach * shape.reach * c.args.scale;
    const float score = 4 * root * product * 0x1p-14F + 4 * root * root * product * kEps;
    const float sums = std::sqrt(static_cast<float>(shape.keys)) * kEps;
    const float tolerance = 2.0F * (2 * (score + 2 * kEps) + 0x1p-14F + sums);
    for (std::size_t i = 0; i < c.got.size(); ++i) {
      ASSERT_NEAR(c.got[i], c.want[i], tolerance) << "row " << i / c.ld << " column " << i % c.ld;
    }
  }
};

TEST_P(AttentionSplit, IsAttentionForEveryNumberOfQueriesAndKeys) {
  for (std::size_t queries = 1; queries <= 50; ++queries) expect_attention({queries, 21, 2, 2, 12});
  for (const std::size_t queries : Sizes{95, 96, 97, 145}) {
    expect_attention({queries, 70, 6, 2, 36, 5});
  }
  for (std::size_t keys = 1; keys <= 2 * kKeys + 3; ++keys) {
    expect_attention({7, keys, 1, 1, 20, 3});
  }
  expect_attention({100, 300, 2, 2, 64});
}

TEST_P(AttentionSplit, IsAttentionForEveryHeadSize) {
  for (std::size_t head_dim = 1; head_dim <= kMaxHeadDim; ++head_dim) {
    expect_attention({19, 75, 2, 1, head_dim, head_dim % 3});
  }
}

// Scores of some +-100: almost all weights are zero.
TEST_P(AttentionSplit, IsAttentionWhereFewKeysMatter) {
  expect_attention({60, 200, 2, 2, 64, 0, 6.0F});
}

TEST_P(AttentionSplit, WritesInPlace) {
  Case c({61, 70, 3, 3, 36});
  c.run(GetParam().fn);
  c.args.y = c.q.data();
  GetParam().fn(c.args, {0, work_items(c.args)});
  EXPECT_EQ(std::memcmp(c.q.data(), c.got.data(), c.q.size() * sizeof(float)), 0);
}

TEST_P(AttentionSplit, GivesNoNumberWhereOneIsMissing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Case query({20, 70, 1, 1, 20});
  query.q[3 * 20 + 7] = nan;
  query.run(GetParam().fn);
  for (std::size_t i = 0; i < 400; ++i) EXPECT_EQ(std::isnan(query.got[i]), i / 20 == 3) << i;
  Case value({20, 70, 1, 1, 20});
  value.v[66 * 20 + 5] = nan;
  value.run(GetParam().fn);
  for (std::size_t i = 0; i < 400; ++i) EXPECT_EQ(std::isnan(value.got[i]), i % 20 == 5) << i;
}

TEST_P(AttentionSplit, AnySplitOfTheItemsGivesTheSameBits) {
  Case c({100, 75, 3, 3, 36});
  const std::size_t items = work_items(c.args);
  c.run(GetParam().fn);
  c.args.y = c.want.data();
  for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
  EXPECT_EQ(std::memcmp(c.got.data(), c.want.data(), c.got.size() * sizeof(float)), 0);
}

SOTTO_TEST_EACH_VARIANT(AttentionSplit, variants());

}  // namespace
}  // namespace sotto::kernels::attention_split
