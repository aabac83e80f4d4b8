#include "kernels/quantize_kv/quantize_kv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <vector>

#include "kernels/quantize_kv/quantize_kv_parts.h"
#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::quantize_kv {
namespace {

using test::Guarded;
using Sizes = std::initializer_list<std::size_t>;

// The buffers of a call, rows 3 floats apart. Packed bytes start aligned and end with the buffer.
struct Case {
  Case(std::size_t keys, std::size_t kv_heads, std::size_t head_dim)
      : ld(kv_heads * head_dim + 3),
        k(keys * ld - 3),
        v(keys * ld - 3),
        packed(packed_size(keys, kv_heads, head_dim)),
        args{k.data(), ld, v.data(), ld, packed.data(), keys, kv_heads, head_dim} {
    fill(k, -1.0F, 1.0F, 1);
    fill(v, -2.0F, 2.0F, 2);
  }
  Block<std::uint8_t> block(std::size_t i) {
    const Layout layout{args.head_dim};
    return {packed.data() + i * layout.bytes(), layout};
  }

  std::size_t ld;
  Guarded<float> k, v;
  Guarded<std::uint8_t> packed;
  Args args;
};

class QuantizeKv : public test::KernelTest<Variant<Fn>> {
 protected:
  void expect_reference(Case& c) {
    SCOPED_TRACE(testing::Message()
                 << c.args.keys << " keys, " << c.args.kv_heads << " heads of " << c.args.head_dim);
    f32_ref(c.args, {0, work_items(c.args)});
    const std::vector<std::uint8_t> want(c.packed.data(), c.packed.data() + c.packed.size());
    std::memset(c.packed.data(), 0x55, c.packed.size());
    GetParam().fn(c.args, {0, work_items(c.args)});
    ASSERT_EQ(std::memcmp(want.data(), c.packed.data(), want.size()), 0);
  }
};

TEST_P(QuantizeKv, GivesTheReferencesBitsForEveryHeadSize) {
  for (std::size_t head_dim = 1; head_dim <= attention::kMaxHeadDim; ++head_dim) {
    Case c(5, 2, head_dim);
    expect_reference(c);
  }
}

TEST_P(QuantizeKv, GivesTheReferencesBitsForEveryNumberOfKeys) {
  for (std::size_t keys = 1; keys <= 2 * kKeys + 2; ++keys) {
    Case c(keys, 1, 36);
    expect_reference(c);
  }
}

// The largest of each scale is 127, so that the scale is 1 and x + 1/2 a tie.
TEST_P(QuantizeKv, RoundsTiesToEven) {
  Case c(4, 1, 4);
  const float x[] = {0.5F, -1.5F, 2.5F, 127.0F};
  for (std::size_t j = 0; j < 4; ++j) {
    for (std::size_t d = 0; d < 4; ++d) {
      c.k[j * c.ld + d] = x[d];
      c.v[j * c.ld + d] = x[j];
    }
  }
  GetParam().fn(c.args, {0, 1});
  const std::int8_t bytes[] = {0, -2, 2, 127};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(std::memcmp(c.block(0).keys + i * 4, bytes, 4), 0);
    EXPECT_EQ(std::memcmp(c.block(0).values + i * kKeys, bytes, 4), 0);
    EXPECT_EQ(c.block(0).key_scales[i], 1.0F);
    EXPECT_EQ(c.block(0).key_offsets[i], -128 * 127);
    EXPECT_EQ(c.block(0).value_scales[i], 1.0F);
  }
}

TEST_P(QuantizeKv, TakesTinyNumbersAsZeros) {
  Case c(3, 1, 20);
  for (std::size_t d = 0; d < 20; ++d) c.k[c.ld + d] = kSmallest / 2;
  for (std::size_t j = 0; j < 3; ++j) c.v[j * c.ld + 7] = -kSmallest / 4;
  expect_reference(c);
  EXPECT_EQ(c.block(0).key_scales[1], 0.0F);
  EXPECT_EQ(c.block(0).value_scales[7], 0.0F);
  EXPECT_GT(c.block(0).value_scales[8], 0.0F);
}

TEST_P(QuantizeKv, MarksWhatIsNotFiniteByAScaleThatIsNoNumber) {
  for (const float bad :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()}) {
    Case c(70, 2, 20);
    c.k[66 * c.ld + 20 + 19] = bad;  // key 66 of head 1: the second of its blocks
    c.v[3 * c.ld + 5] = bad;
    GetParam().fn(c.args, {0, work_items(c.args)});
    for (std::size_t b = 0; b < 4; ++b) {
      for (std::size_t j = 0; j < kKeys; ++j) {
        EXPECT_EQ(std::isnan(c.block(b).key_scales[j]), b == 3 && j == 2);
      }
      for (std::size_t d = 0; d < 20; ++d) {
        EXPECT_EQ(std::isnan(c.block(b).value_scales[d]), b == 0 && d == 5);
      }
    }
    const std::int8_t zeros[kKeys] = {};
    EXPECT_EQ(c.block(3).key_offsets[2], 0);
    EXPECT_EQ(std::memcmp(c.block(3).keys + 2 * 20, zeros, 20), 0);
    EXPECT_EQ(std::memcmp(c.block(0).values + 5 * kKeys, zeros, kKeys), 0);
  }
}

TEST_P(QuantizeKv, AnySplitOfTheItemsGivesTheSameBits) {
  Case c(140, 3, 36);
  const std::size_t items = work_items(c.args);
  GetParam().fn(c.args, {0, items});
  const std::vector<std::uint8_t> whole(c.packed.data(), c.packed.data() + c.packed.size());
  std::memset(c.packed.data(), 0, c.packed.size());
  for (std::size_t item = items; item-- > 0;) GetParam().fn(c.args, {item, item + 1});
  EXPECT_EQ(std::memcmp(whole.data(), c.packed.data(), whole.size()), 0);
}

SOTTO_TEST_EACH_VARIANT(QuantizeKv, variants());

}  // namespace
}  // namespace sotto::kernels::quantize_kv
