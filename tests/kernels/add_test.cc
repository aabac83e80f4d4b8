#include "kernels/add/add.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::add {
namespace {

using test::fill;
using test::Guarded;

class Add : public test::KernelTest<Variant<Fn>> {
 protected:
  void run(const float* a, const float* b, float* y, std::size_t count) {
    const Args args{a, b, y, count};
    GetParam().fn(args, {0, work_items(args)});
  }
};

// A sum of two floats rounds once, in every variant alike: no tolerance.
TEST_P(Add, IsTheExactSumForEveryTailAndAlignment) {
  for (std::size_t count = 0; count <= 70; ++count) {
    for (const std::size_t slack : {0, 1, 3}) {
      SCOPED_TRACE(testing::Message() << "count " << count << " slack " << slack);
      Guarded<float> a(count, slack);
      Guarded<float> b(count, 2 * slack);
      Guarded<float> y(count, (slack + count) % 4);
      fill(a, -6.0F, 6.0F, 1);
      fill(b, -600.0F, 600.0F, 2);
      run(a.data(), b.data(), y.data(), count);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(y[i], a[i] + b[i]) << "at " << i;
    }
  }
}

TEST_P(Add, WorksInPlaceOfEitherTerm) {
  constexpr std::size_t kCount = kBlock + 45;
  Guarded<float> a(kCount);
  Guarded<float> b(kCount);
  Guarded<float> want(kCount);
  Guarded<float> y(kCount);
  fill(a, -6.0F, 6.0F, 3);
  fill(b, -6.0F, 6.0F, 4);
  run(a.data(), b.data(), want.data(), kCount);
  std::memcpy(y.data(), a.data(), kCount * sizeof(float));
  run(y.data(), b.data(), y.data(), kCount);
  EXPECT_EQ(std::memcmp(y.data(), want.data(), kCount * sizeof(float)), 0);
  std::memcpy(y.data(), b.data(), kCount * sizeof(float));
  run(a.data(), y.data(), y.data(), kCount);
  EXPECT_EQ(std::memcmp(y.data(), want.data(), kCount * sizeof(float)), 0);
}

TEST_P(Add, ItemsWriteTheirOwnElementsAlone) {
  constexpr std::size_t kCount = 2 * kBlock + 5;
  Guarded<float> a(kCount);
  Guarded<float> b(kCount);
  Guarded<float> y(kCount);
  fill(a, 1.0F, 6.0F, 5);
  fill(b, 1.0F, 6.0F, 6);
  std::memset(y.data(), 0, kCount * sizeof(float));
  const Args args{a.data(), b.data(), y.data(), kCount};
  ASSERT_EQ(work_items(args), 3U);
  GetParam().fn(args, {1, 2});
  for (std::size_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(y[i], i / kBlock == 1 ? a[i] + b[i] : 0.0F) << "at " << i;
  }
  GetParam().fn(args, {2, 3});
  GetParam().fn(args, {0, 1});
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(y[i], a[i] + b[i]) << "at " << i;
}

TEST(AddTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(Add, variants());

}  // namespace
}  // namespace sotto::kernels::add
