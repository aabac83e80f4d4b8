#include "kernels/attention_scores/attention_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/attention/attention.h"
#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::attention_scores {
namespace {

using test::Guarded;

constexpr float kScale = 0.125F;

class AttentionScores : public test::KernelTest<Variant<Fn>> {
 protected:
  void expect_reference(std::size_t queries, std::size_t keys, std::size_t head_dim) {
    SCOPED_TRACE(testing::Message() << queries << " queries, " << keys << " keys of " << head_dim);
    const std::size_t ldq = head_dim + 5, ldk = head_dim + 3;
    Guarded<float> q((queries - 1) * ldq + head_dim), k((keys - 1) * ldk + head_dim);
    Guarded<float> want(queries * keys), got(queries * keys);
    fill(q, -1.0F, 1.0F, 1);
    fill(k, -1.0F, 1.0F, 2);
    Args a{q.data(), ldq, k.data(), ldk, want.data(), queries, keys, head_dim, kScale};
    f32_ref(a, {0, attention_scores::work_items(a)});
    a.y = got.data();
    GetParam().fn(a, {0, attention_scores::work_items(a)});
    // The header's bound, with |q|, |k| < 1.
    const double size = static_cast<double>(head_dim);
    const double tolerance = (std::sqrt(size) + 2) * 0x1p-24 * double{kScale} * size;
    for (std::size_t i = 0; i < want.size(); ++i) {
      ASSERT_NEAR(got[i], want[i], tolerance) << "at " << i;
    }
  }
};

TEST_P(AttentionScores, MatchesReferenceForEveryHeadDim) {
  for (std::size_t d = 1; d <= attention::kMaxHeadDim; ++d) expect_reference(3, 9, d);
}

TEST_P(AttentionScores, MatchesReferenceForEveryNumberOfKeys) {
  for (std::size_t keys = 1; keys <= 2 * kBlockKeys + 5; ++keys) expect_reference(2, keys, 20);
  expect_reference(7, 1500, 64);
}

TEST_P(AttentionScores, AnySplitGivesTheSameBits) {
  constexpr std::size_t kQueries = 5, kKeys = 3 * kBlockKeys + 1, kDim = 36;
  Guarded<float> q(kQueries * kDim), k(kKeys * kDim), whole(kQueries * kKeys), parts(whole.size());
  fill(q, -1.0F, 1.0F, 1);
  fill(k, -1.0F, 1.0F, 2);
  Args a{q.data(), kDim, k.data(), kDim, whole.data(), kQueries, kKeys, kDim, kScale};
  ASSERT_EQ(attention_scores::work_items(a), 4U);
  GetParam().fn(a, {0, 4});
  a.y = parts.data();
  GetParam().fn(a, {3, 4});
  GetParam().fn(a, {0, 1});
  GetParam().fn(a, {1, 3});
  EXPECT_EQ(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(float)), 0);
}

SOTTO_TEST_EACH_VARIANT(AttentionScores, variants());

}  // namespace
}  // namespace sotto::kernels::attention_scores
