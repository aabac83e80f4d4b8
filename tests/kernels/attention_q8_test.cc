#include "kernels/attention_q8/attention_q8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <vector>

#include "tests/support/packed_attention.h"
#include "tests/support/variants.h"

namespace sotto::kernels::attention_q8 {
namespace {

using Shape = test::PackedShape;
using Sizes = std::initializer_list<std::size_t>;

struct Case : test::PackedCase<std::uint8_t> {
  explicit Case(const Shape& s) : PackedCase(s, quantize_kv::packed_size) {}
  void run(Fn fn) { PackedCase::run(quantize_kv::f32_ref, fn); }
};

constexpr float kEps = std::numeric_limits<float>::epsilon();

class AttentionQ8 : public test::KernelTest<Variant<Fn>> {
 protected:
  // A variant computes what the reference does but for roundings of floats, and for weights whose
  // byte is another one: 127 times the power may be off by 0.001, and so be on the other side of a
  // half for one weight in 500 at most, on average in 1500. A row of some 100 keys has such a
  // weight in one of 15 cases; then it is off by at most 2 max|v| / 127 for each. Else its scores S
  // of powers of two, at most head_dim * reach^2 * scale * log2(e) in magnitude, are off by 2 eps *
  // S, its blocks' weights by that and 2 eps, and the sums over blocks, of random signs, by
  // sqrt(blocks) * eps, times max|v|.
  void expect_matches(const Shape& shape) {
    SCOPED_TRACE(testing::Message() << shape.queries << " queries, " << shape.keys << " keys, "
                                    << shape.heads << " heads of " << shape.head_dim);
    Case c(shape);
    c.run(GetParam().fn);
    Args reference = c.args;
    reference.y = c.want.data();
    q8_ref(reference, {0, work_items(reference)});

    const float score =
        static_cast<float>(shape.head_dim) * shape.reach * shape.reach * c.args.scale * 1.4427F;
    const float power = 2 * kEps * score + 2 * kEps;
    const auto blocks = static_cast<float>(ceil_div(shape.keys, kKeys));
    const float close = 2.0F * (2 * power + (std::sqrt(blocks) + 3) * kEps);
    std::size_t others = 0;
    for (std::size_t i = 0; i < c.got.size(); ++i) {
      const bool gap = i % c.ld >= shape.heads * shape.head_dim;
      const float off = std::fabs(c.got[i] - c.want[i]);
      ASSERT_TRUE(!gap || off == 0.0F) << "wrote between rows";
      ASSERT_LE(off, 4 * 2.0F / 127) << "row " << i / c.ld << " column " << i % c.ld;
      if (off > close) ++others;
    }
    EXPECT_LE(others,
              (shape.queries * shape.heads * (shape.keys + 100) / 1000 + 2) * shape.head_dim);
  }
};

TEST_P(AttentionQ8, MatchesReferenceForEveryNumberOfQueriesAndKeys) {
  for (std::size_t queries = 1; queries <= 50; ++queries) expect_matches({queries, 21, 2, 2, 12});
  for (const std::size_t queries : Sizes{95, 96, 97, 145}) {
    expect_matches({queries, 70, 6, 2, 36, 5});
  }
  for (std::size_t keys = 1; keys <= 2 * kKeys + 3; ++keys) {
    expect_matches({7, keys, 1, 1, 20, 3});
  }
  expect_matches({100, 300, 2, 2, 64});
}

TEST_P(AttentionQ8, MatchesReferenceForEveryHeadSize) {
  for (std::size_t head_dim = 1; head_dim <= attention::kMaxHeadDim; ++head_dim) {
    expect_matches({19, 75, 2, 1, head_dim, head_dim % 3});
  }
}

// Scores of some +-100: almost all weights are zero.
TEST_P(AttentionQ8, MatchesReferenceWhereFewKeysMatter) {
  expect_matches({60, 200, 2, 2, 64, 0, 6.0F});
}

// Against attention of the same numbers: the definition's errors, each at its worst. A score's
// factors are off by half a step each; a weight by that of its score and by half a byte's step of
// its block's largest weight; a value by half a step.
TEST_P(AttentionQ8, IsAttentionButForHalfAStepOfEachNumber) {
  for (const float reach : {1.0F, 3.0F}) {
    Case c({33, 150, 2, 2, 64, 0, reach});
    c.run(GetParam().fn);
    attention::f32_ref(c.exact, {0, attention::work_items(c.exact)});
    const std::size_t dims = c.args.head_dim;
    const auto largest = [&](const float* x) {
      float most = 0.0F;
      for (std::size_t d = 0; d < dims; ++d) most = std::max(most, std::fabs(x[d]));
      return most;
    };
    for (std::size_t row = 0; row < 33; ++row) {
      for (std::size_t head = 0; head < 2; ++head) {
        const float* q = c.q.data() + row * c.ld + head * dims;
        std::vector<double> scores(150), off(150);
        for (std::size_t j = 0; j < 150; ++j) {
          const float* k = c.k.data() + j * c.kv_ld + head * dims;
          const double q_half = largest(q) / 254, k_half = largest(k) / 254;
          for (std::size_t d = 0; d < dims; ++d) {
            scores[j] += c.args.scale * double{q[d]} * k[d];
            off[j] += c.args.scale *
                      (std::fabs(q[d]) * k_half + std::fabs(k[d]) * q_half + q_half * k_half);
          }
        }
        const double max = *std::max_element(scores.begin(), scores.end());
        double sum = 0, error = 0;
        for (std::size_t j = 0; j < 150; ++j) {
          const auto block = scores.begin() + static_cast<std::ptrdiff_t>(j / kKeys * kKeys);
          const auto end = std::min(block + kKeys, scores.end());
          const double most = std::exp(*std::max_element(block, end) - max);
          const double weight = std::exp(scores[j] - max);
          const double most_off = std::exp(2 * off[j]);
          sum += weight;
          error += weight * (most_off - 1) + most_off * most / 254;
        }
        // Weights that are off by `error` in all move a mean of values below 2 by 2 * 2 * error.
        const double bound = 4 * error / sum + 2.0 / 254 + 1e-5;
        for (std::size_t d = 0; d < dims; ++d) {
          const std::size_t at = row * c.ld + head * dims + d;
          ASSERT_NEAR(c.got[at], c.want[at], bound) << "row " << row << " column " << d;
        }
      }
    }
  }
}

TEST_P(AttentionQ8, WritesInPlace) {
  Case c({61, 70, 3, 3, 36});
  c.run(GetParam().fn);
  c.args.y = c.q.data();
  GetParam().fn(c.args, {0, work_items(c.args)});
  EXPECT_EQ(std::memcmp(c.q.data(), c.got.data(), c.q.size() * sizeof(float)), 0);
}

TEST_P(AttentionQ8, GivesNoNumberWhereOneIsMissing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto numbers = [&](Case& c) {
    c.run(GetParam().fn);
    std::vector<bool> finite;
    for (std::size_t i = 0; i < c.got.size(); ++i) finite.push_back(std::isfinite(c.got[i]));
    return finite;
  };
  Case query({20, 70, 1, 1, 20});
  query.q[3 * 20 + 7] = nan;
  const auto of_query = numbers(query);
  for (std::size_t i = 0; i < of_query.size(); ++i) EXPECT_EQ(of_query[i], i / 20 != 3) << i;
  Case key({20, 70, 1, 1, 20});
  key.k[66 * 20] = nan;
  for (const bool finite : numbers(key)) EXPECT_FALSE(finite);
  Case value({20, 70, 1, 1, 20});
  value.v[66 * 20 + 5] = std::numeric_limits<float>::infinity();
  const auto of_value = numbers(value);
  for (std::size_t i = 0; i < of_value.size(); ++i) EXPECT_EQ(of_value[i], i % 20 != 5) << i;
}

TEST_P(AttentionQ8, AnySplitOfTheItemsGivesTheSameBits) {
  Case c({100, 75, 3, 3, 36});
  const std::size_t items = work_items(c.args);
  c.run(GetParam().fn);
  c.args.y = c.want.data();
  for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
  EXPECT_EQ(std::memcmp(c.got.data(), c.want.data(), c.got.size() * sizeof(float)), 0);
}

SOTTO_TEST_EACH_VARIANT(AttentionQ8, variants());

}  // namespace
}  // namespace sotto::kernels::attention_q8
