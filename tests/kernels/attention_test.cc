#include "kernels/attention/attention.h"

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

namespace sotto::kernels::attention {
namespace {

using test::fill;
using test::Guarded;
using Sizes = std::initializer_list<std::size_t>;

struct Shape {
  std::size_t queries;
  std::size_t keys;
  std::size_t heads;
  std::size_t kv_heads;
  std::size_t head_dim;
  std::size_t past = 0;
  bool causal = false;
};

// Rows of `rows` x `cols` at a stride that is `gap` wider; the last row has no gap after it.
std::size_t extent(std::size_t rows, std::size_t cols, std::size_t gap) {
  return (rows - 1) * (cols + gap) + cols;
}

// The buffers of one call. Rows are `gap` floats wider than needed; y's gap must stay as it was.
struct Case {
  explicit Case(const Shape& s, std::size_t gap = 0)
      : q(extent(s.queries, s.heads * s.head_dim, gap)),
        k(extent(s.keys, s.kv_heads * s.head_dim, gap)),
        v(extent(s.keys, s.kv_heads * s.head_dim, gap)),
        want(extent(s.queries, s.heads * s.head_dim, gap)),
        got(extent(s.queries, s.heads * s.head_dim, gap)) {
    fill(q, -1.0F, 1.0F, 1);
    fill(k, -1.0F, 1.0F, 2);
    fill(v, -2.0F, 2.0F, 3);
    fill(got, 5.0F, 6.0F, 4);
    std::copy_n(got.data(), got.size(), want.data());
    const std::size_t q_cols = s.heads * s.head_dim;
    const std::size_t kv_cols = s.kv_heads * s.head_dim;
    args = {.q = q.data(),
            .ldq = q_cols + gap,
            .k = k.data(),
            .ldk = kv_cols + gap,
            .v = v.data(),
            .ldv = kv_cols + gap,
            .y = got.data(),
            .ldy = q_cols + gap,
            .queries = s.queries,
            .keys = s.keys,
            .heads = s.heads,
            .kv_heads = s.kv_heads,
            .head_dim = s.head_dim,
            .past = s.past,
            .scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim)),
            .causal = s.causal};
  }

  // Roundings of half an ulp that point either way grow with the square root of their number. A
  // score is a sum of n = head_dim products of random sign, so it is of the order of
  // B = |scale| * sqrt(n) * max|q| * max|k|; n additions, the scaling of q and the subtraction of
  // the maximum leave it off by (sqrt(n) + 3) * eps/2 * B, and its weight by that factor. exp2 adds
  // 2 eps. A relative error of the weights moves their mean of the values by at most twice that
  // times max|v|; the two sums over keys add sqrt(keys) * eps/2 each.
  float tolerance() const {
    constexpr float kEps = std::numeric_limits<float>::epsilon();
    const float root = std::sqrt(static_cast<float>(args.head_dim));
    const float bound = std::fabs(args.scale) * root * largest(q) * largest(k);
    const float weight = (root + 3.0F) * kEps / 2 * bound + 2.0F * kEps;
    const float sums = std::sqrt(static_cast<float>(args.keys)) * kEps;
    return largest(v) * (2.0F * weight + sums);
  }

  void expect_matches(Fn fn) {
    Args reference = args;
    reference.y = want.data();
    f32_ref(reference, {0, work_items(args)});
    fn(args, {0, work_items(args)});
    const float bound = tolerance();
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_TRUE(std::isfinite(got[i])) << "at " << i;
      ASSERT_LE(std::fabs(got[i] - want[i]), bound)
          << "row " << i / args.ldy << " column " << i % args.ldy << ": " << got[i] << " not "
          << want[i];
    }
  }

  static float largest(const Guarded<float>& b) {
    float m = 0.0F;
    for (std::size_t i = 0; i < b.size(); ++i) m = std::max(m, std::fabs(b[i]));
    return m;
  }

  Args args;
  Guarded<float> q, k, v, want, got;
};

class Attention : public test::KernelTest<Variant<Fn>> {};

TEST_P(Attention, MatchesReferenceForEveryNumberOfQueries) {
  for (const std::size_t queries : Sizes{1,  2,  3,  4,  5,  7,  8,  9,  15, 16, 17, 24, 25,
                                         31, 33, 47, 48, 49, 63, 64, 65, 80, 95, 96, 97, 100}) {
    SCOPED_TRACE(testing::Message() << "queries=" << queries);
    Case({.queries = queries, .keys = 21, .heads = 2, .kv_heads = 2, .head_dim = 12})
        .expect_matches(GetParam().fn);
  }
}

TEST_P(Attention, MatchesReferenceForEveryNumberOfKeys) {
  for (const std::size_t queries : Sizes{1, 19}) {
    for (const std::size_t keys :
         Sizes{1,  2,  3,  4,  5,  7,  8,  9,   11,  12,  13,  15,  16,  17,  31,  33,  60, 63,
               64, 65, 66, 67, 68, 71, 72, 100, 127, 128, 129, 130, 135, 191, 192, 193, 200}) {
      SCOPED_TRACE(testing::Message() << "queries=" << queries << " keys=" << keys);
      Case({.queries = queries, .keys = keys, .heads = 1, .kv_heads = 1, .head_dim = 9}, 3)
          .expect_matches(GetParam().fn);
    }
  }
}

TEST_P(Attention, MatchesReferenceForEveryHeadSize) {
  for (const std::size_t queries : Sizes{1, 18}) {
    for (std::size_t head_dim = 1; head_dim <= 72; ++head_dim) {
      SCOPED_TRACE(testing::Message() << "queries=" << queries << " head_dim=" << head_dim);
      const std::size_t gap = head_dim % 3;
      Case({.queries = queries, .keys = 11, .heads = 2, .kv_heads = 2, .head_dim = head_dim}, gap)
          .expect_matches(GetParam().fn);
    }
    for (const std::size_t head_dim : Sizes{80, 96, 100, 127, 128}) {
      SCOPED_TRACE(testing::Message() << "queries=" << queries << " head_dim=" << head_dim);
      Case({.queries = queries, .keys = 70, .heads = 2, .kv_heads = 2, .head_dim = head_dim})
          .expect_matches(GetParam().fn);
    }
  }
}

TEST_P(Attention, MatchesReferenceOnTheModelsHeads) {
  for (const std::size_t head_dim : Sizes{16, 32, 36, 52, 64}) {
    for (const std::size_t queries : Sizes{1, 4, 100}) {
      SCOPED_TRACE(testing::Message() << "queries=" << queries << " head_dim=" << head_dim);
      Case({.queries = queries, .keys = 150, .heads = 3, .kv_heads = 3, .head_dim = head_dim})
          .expect_matches(GetParam().fn);
    }
  }
}

TEST_P(Attention, HeadsOfAGroupShareKeysAndValues) {
  for (const std::size_t queries : Sizes{1, 20}) {
    Case({.queries = queries, .keys = 40, .heads = 6, .kv_heads = 2, .head_dim = 10}, 1)
        .expect_matches(GetParam().fn);
    Case({.queries = queries, .keys = 40, .heads = 4, .kv_heads = 1, .head_dim = 36})
        .expect_matches(GetParam().fn);
  }
}

TEST_P(Attention, CausalQueriesSeeNoLaterKey) {
  for (const std::size_t past : Sizes{0, 1, 5, 16, 47, 63, 64, 65, 100}) {
    for (const std::size_t queries : Sizes{1, 3, 5, 17, 48, 49, 70, 130}) {
      SCOPED_TRACE(testing::Message() << "past=" << past << " queries=" << queries);
      const Shape shape{.queries = queries,
                        .keys = past + queries + 7,
                        .heads = 1,
                        .kv_heads = 1,
                        .head_dim = 8,
                        .past = past,
                        .causal = true};
      Case c(shape);
      // Keys that no query may see: read, they would show as NaN.
      const std::size_t used = (past + queries) * 8;
      std::fill_n(&c.k[used], c.k.size() - used, std::numeric_limits<float>::quiet_NaN());
      std::fill_n(&c.v[used], c.v.size() - used, std::numeric_limits<float>::quiet_NaN());
      c.expect_matches(GetParam().fn);
    }
  }
}

// q, k and v are column slices of one [T, 3C] matrix, as a fused projection leaves them.
TEST_P(Attention, ReadsSlicesOfAFusedMatrix) {
  constexpr std::size_t kRows = 53;
  constexpr std::size_t kCols = 2 * 20;
  Guarded<float> qkv(kRows * 3 * kCols);
  Guarded<float> want(kRows * kCols);
  Guarded<float> got(kRows * kCols);
  fill(qkv, -1.0F, 1.0F, 5);
  Args args{.q = qkv.data(),
            .ldq = 3 * kCols,
            .k = qkv.data() + kCols,
            .ldk = 3 * kCols,
            .v = qkv.data() + 2 * kCols,
            .ldv = 3 * kCols,
            .y = want.data(),
            .ldy = kCols,
            .queries = kRows,
            .keys = kRows,
            .heads = 2,
            .kv_heads = 2,
            .head_dim = 20,
            .past = 0,
            .scale = 0.25F,
            .causal = false};
  f32_ref(args, {0, work_items(args)});
  args.y = got.data();
  GetParam().fn(args, {0, work_items(args)});
  // As Case::tolerance with B = 0.25 * sqrt(20) and max|v| = 1: a weight is off by 6.2 eps.
  constexpr float kTolerance = (2 * 6.2F + 7.3F) * std::numeric_limits<float>::epsilon();
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], kTolerance) << i;
}

// Scores of +-1e4: the largest takes all the weight, nothing overflows and nothing is NaN.
TEST_P(Attention, ExtremeScoresPickTheLargest) {
  for (const float sign : {1.0F, -1.0F}) {
    for (const std::size_t queries : Sizes{1, 50}) {
      const Shape shape{.queries = queries, .keys = 140, .heads = 1, .kv_heads = 1, .head_dim = 4};
      Case c(shape);
      // q = (100, 0, 0, 0) and k[j, 0] steps of 200 / 139: scores from 0 to +-1e4, 72 apart, so
      // that every weight but the largest is below 2^-100 and lost in the rounding.
      std::size_t best = 0;
      for (std::size_t i = 0; i < queries * 4; ++i) c.q[i] = i % 4 == 0 ? 100.0F : 0.0F;
      for (std::size_t j = 0; j < 140; ++j) {
        c.k[j * 4] = static_cast<float>(j * 37 % 140) * (200.0F / 139.0F) * sign;
        if (c.k[j * 4] > c.k[best * 4]) best = j;
      }
      c.args.scale = 0.5F;
      GetParam().fn(c.args, {0, work_items(c.args)});
      for (std::size_t i = 0; i < queries * 4; ++i) {
        ASSERT_EQ(c.got[i], c.v[best * 4 + i % 4]) << "at " << i;
      }
    }
  }
}

// Two keys with scores 0 and -x and values 0 and 1 give y = e^-x / (1 + e^-x), which must be right
// to a few ulp for every x: the exponential, where nothing averages its error away.
TEST_P(Attention, WeightsAreAccurateWhateverTheirSize) {
  constexpr std::size_t kQueries = 860;
  constexpr float kEps = std::numeric_limits<float>::epsilon();
  Case c({.queries = kQueries, .keys = 2, .heads = 1, .kv_heads = 1, .head_dim = 1});
  for (std::size_t i = 0; i < kQueries; ++i) c.q[i] = static_cast<float>(i) * -0.1F;
  c.k[0] = 0.0F;
  c.k[1] = 1.0F;
  c.v[0] = 0.0F;
  c.v[1] = 1.0F;
  const auto check = [&] {
    for (std::size_t i = 0; i < kQueries; ++i) {
      const double weight = std::exp(static_cast<double>(c.q[i]));
      const double want = weight / (1.0 + weight);
      // x is scaled to base 2 by a rounded constant, and rounded: 1 eps of x. Then 2 eps of exp2
      // and one each of the sum and the division.
      ASSERT_NEAR(c.got[i], want, (4.0 - static_cast<double>(c.q[i])) * kEps * want) << c.q[i];
    }
  };
  GetParam().fn(c.args, {0, work_items(c.args)});
  check();
  Args one = c.args;  // again, a query at a time
  one.queries = 1;
  for (std::size_t i = 0; i < kQueries; ++i, ++one.q, ++one.y) GetParam().fn(one, {0, 1});
  check();
}

// A running maximum that grows in every block of keys, so that all earlier sums are rescaled.
TEST_P(Attention, GrowingScoresAreRescaled) {
  for (const std::size_t queries : Sizes{1, 6}) {
    Case c({.queries = queries, .keys = 400, .heads = 1, .kv_heads = 1, .head_dim = 2});
    for (std::size_t i = 0; i < queries * 2; ++i) c.q[i] = 1.0F;
    for (std::size_t j = 0; j < 800; ++j) c.k[j] = static_cast<float>(j / 2) * 0.0625F;
    c.expect_matches(GetParam().fn);
  }
}

// Scores all of -1e4: without the subtraction of the maximum every weight would be 0 and y NaN.
TEST_P(Attention, EqualKeysGiveTheMeanOfTheValues) {
  for (const std::size_t queries : Sizes{1, 4, 5, 49}) {
    Case c({.queries = queries, .keys = 128, .heads = 1, .kv_heads = 1, .head_dim = 3});
    for (std::size_t i = 0; i < queries * 3; ++i) c.q[i] = -100.0F;
    for (std::size_t i = 0; i < 128 * 3; ++i) {
      c.k[i] = 58.0F;
      c.v[i] = static_cast<float>(i / 3) + static_cast<float>(i % 3);
    }
    GetParam().fn(c.args, {0, work_items(c.args)});
    // All weights are exactly 1 and all sums are of small halves of integers, so nothing rounds.
    for (std::size_t i = 0; i < queries * 3; ++i) {
      ASSERT_EQ(c.got[i], 63.5F + static_cast<float>(i % 3)) << "at " << i;
    }
  }
}

TEST_P(Attention, AnySplitOfTheItemsGivesTheSameBits) {
  for (const std::size_t queries : Sizes{1, 60, 200}) {
    Case c({.queries = queries, .keys = 75, .heads = 3, .kv_heads = 3, .head_dim = 36});
    const std::size_t items = work_items(c.args);
    GetParam().fn(c.args, {0, items});
    const std::vector<float> whole(c.got.data(), c.got.data() + c.got.size());
    std::fill_n(c.got.data(), c.got.size(), 0.0F);
    for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
    ASSERT_EQ(std::memcmp(whole.data(), c.got.data(), whole.size() * sizeof(float)), 0);
  }
}

// Prefill in one call or in two of more than a few queries each: the same bits for every query.
TEST_P(Attention, AQueryDoesNotDependOnItsCompanions) {
  const Shape shape{.queries = 90,
                    .keys = 90,
                    .heads = 2,
                    .kv_heads = 2,
                    .head_dim = 10,
                    .past = 0,
                    .causal = true};
  Case c(shape);
  GetParam().fn(c.args, {0, work_items(c.args)});
  const std::vector<float> whole(c.got.data(), c.got.data() + c.got.size());
  for (const std::size_t first : Sizes{7, 50, 80}) {
    Args part = c.args;
    part.q += first * part.ldq;
    part.y += first * part.ldy;
    part.queries -= first;
    part.past = first;
    std::fill_n(c.got.data(), c.got.size(), 0.0F);
    GetParam().fn(part, {0, work_items(part)});
    ASSERT_EQ(std::memcmp(&whole[first * 20], part.y, part.queries * 20 * sizeof(float)), 0);
  }
}

TEST(AttentionTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(Attention, variants());

}  // namespace
}  // namespace sotto::kernels::attention
