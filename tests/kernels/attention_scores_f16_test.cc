#include "kernels/attention_scores_f16/attention_scores_f16.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/guarded.h"
#include "tests/support/halves.h"
#include "tests/support/variants.h"

namespace sotto::kernels::attention_scores_f16 {
namespace {

using test::Guarded;

class AttentionScoresF16 : public test::KernelTest<Variant<Fn>> {
 protected:
  void expect_bits_of_attention_scores(std::size_t queries, std::size_t keys,
                                       std::size_t head_dim) {
    SCOPED_TRACE(testing::Message() << queries << " queries, " << keys << " keys of " << head_dim);
    const std::size_t ldq = head_dim + 5, ldk = head_dim + 3;
    Guarded<float> q((queries - 1) * ldq + head_dim), want(queries * keys), got(queries * keys);
    const test::Halves k((keys - 1) * ldk + head_dim, -1.0F, 1.0F, 2);
    fill(q, -1.0F, 1.0F, 1);
    const Args a{q.data(), ldq, k.halves.data(), ldk, got.data(), queries, keys, head_dim, 0.125F};
    for (std::size_t item = attention_scores::work_items(a); item-- > 0;) {
      GetParam().fn(a, {item, item + 1});
    }
    const attention_scores::Args widened{q.data(), ldq,  k.floats.data(), ldk,   want.data(),
                                         queries,  keys, head_dim,        0.125F};
    for (const auto& other : attention_scores::variants()) {
      if (other.isa == GetParam().isa)
        other.fn(widened, {0, attention_scores::work_items(widened)});
    }
    EXPECT_EQ(std::memcmp(got.data(), want.data(), want.size() * sizeof(float)), 0);
  }
};

TEST_P(AttentionScoresF16, GivesTheBitsOfAttentionScoresForEveryHeadDim) {
  for (std::size_t d = 1; d <= 128; ++d) expect_bits_of_attention_scores(3, 9, d);
}

TEST_P(AttentionScoresF16, GivesTheBitsOfAttentionScoresForEveryNumberOfKeys) {
  for (std::size_t keys = 1; keys <= 261; ++keys) expect_bits_of_attention_scores(2, keys, 20);
  expect_bits_of_attention_scores(7, 1500, 64);
}

SOTTO_TEST_EACH_VARIANT(AttentionScoresF16, variants());

}  // namespace
}  // namespace sotto::kernels::attention_scores_f16
