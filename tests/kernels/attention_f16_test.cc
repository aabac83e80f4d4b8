#include "kernels/attention_f16/attention_f16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "tests/support/guarded.h"
#include "tests/support/halves.h"
#include "tests/support/variants.h"

namespace sotto::kernels::attention_f16 {
namespace {

using test::Guarded;
using test::Halves;
using Sizes = std::initializer_list<std::size_t>;

struct Shape {
  std::size_t queries, keys, heads, kv_heads, head_dim;
  std::size_t past = 0;
  bool causal = false;
  std::size_t gap = 0;  // between the rows of all matrices
};

// The buffers of a call here and of the same call of attention, on the widened keys and values.
struct Case {
  explicit Case(const Shape& s)
      : q_ld(s.heads * s.head_dim + s.gap),
        kv_ld(s.kv_heads * s.head_dim + s.gap),
        q(s.queries * q_ld - s.gap),
        k(s.keys * kv_ld - s.gap, -1.0F, 1.0F, 2),
        v(s.keys * kv_ld - s.gap, -2.0F, 2.0F, 3),
        here(q.size()),
        there(q.size()),
        args{q.data(), q_ld,      k.halves.data(), kv_ld,   v.halves.data(), kv_ld,      nullptr,
             q_ld,     s.queries, s.keys,          s.heads, s.kv_heads,      s.head_dim, s.past,
             0.0F,     s.causal},
        widened{q.data(), q_ld,      k.floats.data(), kv_ld,   v.floats.data(), kv_ld,      nullptr,
                q_ld,     s.queries, s.keys,          s.heads, s.kv_heads,      s.head_dim, s.past,
                0.0F,     s.causal} {
    fill(q, -1.0F, 1.0F, 1);
    fill(here, 5.0F, 6.0F, 4);
    std::memcpy(there.data(), here.data(), here.size() * sizeof(float));
    args.scale = widened.scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim));
    args.y = here.data();
    widened.y = there.data();
  }
  std::size_t q_ld, kv_ld;
  Guarded<float> q;
  Halves k, v;
  Guarded<float> here, there;
  Args args;
  attention::Args widened;
};

class AttentionF16 : public test::KernelTest<Variant<Fn>> {
 protected:
  void expect_bits_of_attention(const Shape& shape) {
    SCOPED_TRACE(testing::Message() << shape.queries << " queries, " << shape.keys << " keys, "
                                    << shape.heads << " heads of " << shape.head_dim);
    Case c(shape);
    GetParam().fn(c.args, {0, attention::work_items(c.args)});
    for (const auto& other : attention::variants()) {
      if (other.isa == GetParam().isa) other.fn(c.widened, {0, attention::work_items(c.widened)});
    }
    EXPECT_EQ(std::memcmp(c.here.data(), c.there.data(), c.here.size() * sizeof(float)), 0);
  }
};

TEST_P(AttentionF16, GivesTheBitsOfAttentionForEveryNumberOfQueriesAndKeys) {
  for (std::size_t queries = 1; queries <= 20; ++queries) {
    expect_bits_of_attention({queries, 21, 2, 2, 12});
  }
  for (const std::size_t queries : Sizes{47, 48, 49, 100}) {
    expect_bits_of_attention({queries, 70, 6, 2, 36, 0, false, 5});
  }
  for (const std::size_t keys : Sizes{1, 3, 4, 5, 63, 64, 65, 127, 128, 129, 257}) {
    for (const std::size_t queries : Sizes{1, 3, 19}) {
      expect_bits_of_attention({queries, keys, 1, 1, 9, 0, false, 3});
    }
  }
}

TEST_P(AttentionF16, GivesTheBitsOfAttentionForEveryHeadSizeOfOneBlockOfKeys) {
  for (const std::size_t queries : Sizes{1, 18}) {
    for (std::size_t head_dim = 1; head_dim <= 64; ++head_dim) {
      expect_bits_of_attention({queries, 140, 2, 2, head_dim, 0, false, head_dim % 3});
    }
  }
}

TEST_P(AttentionF16, GivesTheBitsOfAttentionWhereCausal) {
  for (const std::size_t past : Sizes{0, 5, 64, 130}) {
    for (const std::size_t queries : Sizes{1, 4, 17, 60}) {
      expect_bits_of_attention({queries, past + queries + 7, 2, 1, 16, past, true});
    }
  }
}

// Large heads take shorter blocks of keys than in attention, so that sums round elsewhere. The
// tolerance is that of attention's test: for n = head_dim a score of the order of
// B = sqrt(n) / sqrt(n) = 1 is off by (sqrt(n) + 3) * eps/2, its weight by that and 2 eps, and the
// mean of the values, below 2, by twice that; the two sums over keys add sqrt(keys) * eps.
TEST_P(AttentionF16, MatchesReferenceForLargeHeads) {
  constexpr float kEps = std::numeric_limits<float>::epsilon();
  for (const std::size_t head_dim : Sizes{65, 80, 100, 127, 128}) {
    for (const std::size_t queries : Sizes{1, 5, 18, 49}) {
      Case c({queries, 70, 2, 2, head_dim});
      GetParam().fn(c.args, {0, attention::work_items(c.args)});
      attention::f32_ref(c.widened, {0, attention::work_items(c.widened)});
      const float root = std::sqrt(static_cast<float>(head_dim));
      const float weight = (root + 3.0F) * kEps / 2 + 2 * kEps;
      const float tolerance = 2.0F * (2 * weight + std::sqrt(70.0F) * kEps);
      for (std::size_t i = 0; i < c.here.size(); ++i) {
        ASSERT_NEAR(c.here[i], c.there[i], tolerance) << head_dim << " at " << i;
      }
    }
  }
}

TEST_P(AttentionF16, AnySplitOfTheItemsGivesTheSameBits) {
  for (const std::size_t queries : Sizes{1, 100}) {
    Case c({queries, 75, 3, 3, 36});
    const std::size_t items = attention::work_items(c.args);
    GetParam().fn(c.args, {0, items});
    c.args.y = c.there.data();
    for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
    EXPECT_EQ(std::memcmp(c.here.data(), c.there.data(), c.here.size() * sizeof(float)), 0);
  }
}

SOTTO_TEST_EACH_VARIANT(AttentionF16, variants());

}  // namespace
}  // namespace sotto::kernels::attention_f16
