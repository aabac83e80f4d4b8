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

// Buffers of one call. Rows are `gap` floats wider than needed; y's gap must stay as it was.
class Case {
 public:
  explicit Case(const Shape& s, std::size_t gap = 0, float spread = 1.0F)
      : q_cols_(s.heads * s.head_dim),
        kv_cols_(s.kv_heads * s.head_dim),
        q_(extent(s.queries, q_cols_, gap)),
        k_(extent(s.keys, kv_cols_, gap)),
        v_(extent(s.keys, kv_cols_, gap)),
        want_(extent(s.queries, q_cols_, gap)),
        got_(extent(s.queries, q_cols_, gap)) {
    fill(q_, -spread, spread, 1);
    fill(k_, -spread, spread, 2);
    fill(v_, -2.0F, 2.0F, 3);
    fill(got_, 5.0F, 6.0F, 4);
    std::copy_n(got_.data(), got_.size(), want_.data());
    args = {.q = q_.data(),
            .ldq = q_cols_ + gap,
            .k = k_.data(),
            .ldk = kv_cols_ + gap,
            .v = v_.data(),
            .ldv = kv_cols_ + gap,
            .y = got_.data(),
            .ldy = q_cols_ + gap,
            .queries = s.queries,
            .keys = s.keys,
            .heads = s.heads,
            .kv_heads = s.kv_heads,
            .head_dim = s.head_dim,
            .past = s.past,
            .scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim)),
            .causal = s.causal};
  }

  // A score is a sum of head_dim products of scaled, rounded factors: off by at most
  // e = (head_dim + 4) * eps * B, B = |scale| * head_dim * max|q| * max|k| bounding a score, and
  // the subtraction of the maximum adds eps * 2B. A weight is then off by a factor of 1 +- (2 (e +
  // 2 eps B) + 4 eps), which moves the mean of the values by twice that times max|v|; the weighted
  // sum and the sum of weights add keys * eps each at worst, sqrt(keys) * eps as roundings go.
  float tolerance() const {
    constexpr float kEps = std::numeric_limits<float>::epsilon();
    const float n = static_cast<float>(args.head_dim);
    const float bound = std::fabs(args.scale) * n * largest(q_) * largest(k_);
    const float score = (std::sqrt(n) + 6.0F) * kEps * bound;
    const float sums = 2.0F * (4.0F + std::sqrt(static_cast<float>(args.keys))) * kEps;
    return largest(v_) * (4.0F * score + sums);
  }

  void expect_matches(Fn fn) {
    Args reference = args;
    reference.y = want_.data();
    f32_ref(reference, {0, work_items(args)});
    fn(args, {0, work_items(args)});
    const float bound = tolerance();
    float worst = 0.0F;
    for (std::size_t i = 0; i < got_.size(); ++i) {
      ASSERT_TRUE(std::isfinite(got_[i])) << "at " << i;
      worst = std::max(worst, std::fabs(got_[i] - want_[i]));
      ASSERT_LE(std::fabs(got_[i] - want_[i]), bound)
          << "row " << i / args.ldy << " column " << i % args.ldy << ": " << got_[i] << " not "
          << want_[i];
    }
    worst_share = std::max(worst_share, worst / bound);
  }

  Args args;
  static inline float worst_share = 0.0F;

 private:
  static float largest(const Guarded<float>& b) {
    float m = 0.0F;
    for (std::size_t i = 0; i < b.size(); ++i) m = std::max(m, std::fabs(b[i]));
    return m;
  }
  std::size_t q_cols_;
  std::size_t kv_cols_;

 public:
  Guarded<float> q_, k_, v_, want_, got_;
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
      std::fill_n(&c.k_[used], c.k_.size() - used, std::numeric_limits<float>::quiet_NaN());
      std::fill_n(&c.v_[used], c.v_.size() - used, std::numeric_limits<float>::quiet_NaN());
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
  // As Case::tolerance with bound = 0.25 * 20 and max|v| = 1.
  constexpr float kTolerance = (4 * 5.0F * 10.5F + 23.0F) * std::numeric_limits<float>::epsilon();
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], kTolerance) << i;
}

// Scores of +-1e4: the largest takes all the weight, nothing overflows and nothing is NaN.
TEST_P(Attention, ExtremeScoresPickTheLargest) {
  for (const float sign : {1.0F, -1.0F}) {
    for (const std::size_t queries : Sizes{1, 50}) {
      const Shape shape{.queries = queries, .keys = 140, .heads = 1, .kv_heads = 1, .head_dim = 4};
      Case c(shape);
      // q = (100, 0, 0, 0); score of key j is sign * 0.5 * 100 * k[j, 0], a permutation of steps of
      // 50 up to 1e4 apart: exact in f32, so the output is the value of the best key, exactly.
      std::size_t best = 0;
      for (std::size_t i = 0; i < queries * 4; ++i) c.q_[i] = i % 4 == 0 ? 100.0F : 0.0F;
      for (std::size_t j = 0; j < 140; ++j) {
        c.k_[j * 4] = static_cast<float>(j * 37 % 140) * (200.0F / 139.0F) * sign;
        if (c.k_[j * 4] > c.k_[best * 4]) best = j;
      }
      c.args.scale = 0.5F;
      GetParam().fn(c.args, {0, work_items(c.args)});
      for (std::size_t i = 0; i < queries * 4; ++i) {
        ASSERT_EQ(c.got_[i], c.v_[best * 4 + i % 4]) << "at " << i;
      }
    }
  }
}

// A running maximum that grows in every block of keys, so that all earlier sums are rescaled.
TEST_P(Attention, GrowingScoresAreRescaled) {
  for (const std::size_t queries : Sizes{1, 6}) {
    Case c({.queries = queries, .keys = 400, .heads = 1, .kv_heads = 1, .head_dim = 2});
    for (std::size_t i = 0; i < queries * 2; ++i) c.q_[i] = 1.0F;
    for (std::size_t j = 0; j < 800; ++j) c.k_[j] = static_cast<float>(j / 2) * 0.0625F;
    c.expect_matches(GetParam().fn);
  }
}

// Scores all of -1e4: without the subtraction of the maximum every weight would be 0 and y NaN.
TEST_P(Attention, EqualKeysGiveTheMeanOfTheValues) {
  for (const std::size_t queries : Sizes{1, 4, 5, 49}) {
    Case c({.queries = queries, .keys = 128, .heads = 1, .kv_heads = 1, .head_dim = 3});
    for (std::size_t i = 0; i < queries * 3; ++i) c.q_[i] = -100.0F;
    for (std::size_t i = 0; i < 128 * 3; ++i) {
      c.k_[i] = 58.0F;
      c.v_[i] = static_cast<float>(i / 3) + static_cast<float>(i % 3);
    }
    GetParam().fn(c.args, {0, work_items(c.args)});
    // All weights are exactly 1 and all sums are of small halves of integers, so nothing rounds.
    for (std::size_t i = 0; i < queries * 3; ++i) {
      ASSERT_EQ(c.got_[i], 63.5F + static_cast<float>(i % 3)) << "at " << i;
    }
  }
}

TEST_P(Attention, AnySplitOfTheItemsGivesTheSameBits) {
  for (const std::size_t queries : Sizes{1, 60, 200}) {
    Case c({.queries = queries, .keys = 75, .heads = 3, .kv_heads = 3, .head_dim = 36});
    const std::size_t items = work_items(c.args);
    GetParam().fn(c.args, {0, items});
    const std::vector<float> whole(c.got_.data(), c.got_.data() + c.got_.size());
    std::fill_n(c.got_.data(), c.got_.size(), 0.0F);
    for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
    ASSERT_EQ(std::memcmp(whole.data(), c.got_.data(), whole.size() * sizeof(float)), 0);
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
  const std::vector<float> whole(c.got_.data(), c.got_.data() + c.got_.size());
  for (const std::size_t first : Sizes{7, 50, 83}) {
    Args part = c.args;
    part.q += first * part.ldq;
    part.y += first * part.ldy;
    part.queries -= first;
    part.past = first;
    std::fill_n(c.got_.data(), c.got_.size(), 0.0F);
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
