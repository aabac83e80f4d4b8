#include "kernels/split_kv/split_kv.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::split_kv {
namespace {

using test::Guarded;

// The buffers of a call, rows 3 floats apart.
struct Case {
  Case(std::size_t keys, std::size_t kv_heads, std::size_t head_dim)
      : ld(kv_heads * head_dim + 3),
        k(keys * ld - 3),
        v(keys * ld - 3),
        packed(packed_size(keys, kv_heads, head_dim)),
        args{k.data(), ld, v.data(), ld, packed.data(), keys, kv_heads, head_dim} {
    fill(k, -1.0F, 1.0F, 1);
    fill(v, -1e-6F, 1e6F, 2);
  }
  // The sum of the two numbers of a key (of one block) or a value.
  double key(std::size_t j, std::size_t d) {
    const Layout layout{args.head_dim};
    return sum(j * layout.key_stride() + d, layout.keys());
  }
  double value(std::size_t j, std::size_t d) {
    const Layout layout{args.head_dim};
    return sum(2 * layout.keys() + d * kKeys + j, layout.values());
  }

  std::size_t ld;
  Guarded<float> k, v;
  Guarded<std::uint16_t> packed;
  Args args;

 private:
  double sum(std::size_t high, std::size_t low_at) {
    const auto widen = [&](std::size_t i) {
      return double{std::bit_cast<float>(std::uint32_t{packed[i]} << 16)};
    };
    return widen(high) + widen(high + low_at);
  }
};

class SplitKv : public test::KernelTest<Variant<Fn>> {
 protected:
  void expect_reference(std::size_t keys, std::size_t kv_heads, std::size_t head_dim) {
    SCOPED_TRACE(testing::Message() << keys << " keys, " << kv_heads << " heads of " << head_dim);
    Case c(keys, kv_heads, head_dim);
    f32_ref(c.args, {0, work_items(c.args)});
    const std::vector<std::uint16_t> want(c.packed.data(), c.packed.data() + c.packed.size());
    std::memset(c.packed.data(), 0x55, c.packed.size() * sizeof want[0]);
    GetParam().fn(c.args, {0, work_items(c.args)});
    ASSERT_EQ(std::memcmp(want.data(), c.packed.data(), want.size() * sizeof want[0]), 0);
  }
};

TEST_P(SplitKv, GivesTheReferencesBitsForEveryHeadSize) {
  for (std::size_t head_dim = 1; head_dim <= kMaxHeadDim; ++head_dim) {
    expect_reference(5, 2, head_dim);
  }
}

TEST_P(SplitKv, GivesTheReferencesBitsForEveryNumberOfKeys) {
  for (std::size_t keys = 1; keys <= 2 * kKeys + 2; ++keys) expect_reference(keys, 1, 36);
}

TEST_P(SplitKv, LeavesOutA65536thAtMost) {
  Case c(kKeys, 1, kMaxHeadDim);
  GetParam().fn(c.args, {0, 1});
  for (std::size_t j = 0; j < kKeys; ++j) {
    for (std::size_t d = 0; d < kMaxHeadDim; ++d) {
      const double k = c.k[j * c.ld + d], v = c.v[j * c.ld + d];
      EXPECT_LE(std::fabs(c.key(j, d) - k), 0x1p-16 * std::fabs(k));
      EXPECT_LE(std::fabs(c.value(j, d) - v), 0x1p-16 * std::fabs(v));
    }
  }
}

TEST_P(SplitKv, KeepsWhatIsNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::max()}) {
    Case c(3, 1, 20);
    c.k[c.ld + 19] = bad;
    c.v[2 * c.ld + 5] = bad;
    GetParam().fn(c.args, {0, 1});
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t d = 0; d < 20; ++d) {
        EXPECT_EQ(std::isfinite(c.key(j, d)), j != 1 || d != 19);
        EXPECT_EQ(std::isfinite(c.value(j, d)), j != 2 || d != 5);
      }
    }
  }
}

TEST_P(SplitKv, AnySplitOfTheItemsGivesTheSameBits) {
  Case c(140, 3, 36);
  const std::size_t items = work_items(c.args);
  GetParam().fn(c.args, {0, items});
  const std::vector<std::uint16_t> whole(c.packed.data(), c.packed.data() + c.packed.size());
  std::memset(c.packed.data(), 0, c.packed.size() * sizeof whole[0]);
  for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
  EXPECT_EQ(std::memcmp(whole.data(), c.packed.data(), whole.size() * sizeof whole[0]), 0);
}

SOTTO_TEST_EACH_VARIANT(SplitKv, variants());

}  // namespace
}  // namespace sotto::kernels::split_kv
