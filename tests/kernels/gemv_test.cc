#include "kernels/gemv/gemv.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/guarded.h"
#include "tests/support/packed.h"
#include "tests/support/variants.h"

namespace sotto::kernels::gemv {
namespace {

using gemm::Activation;
using test::Guarded;
using test::Packed;

class Gemv : public test::KernelTest<Kernel> {
 protected:
  std::size_t panel() const { return GetParam().panel; }

  void expect_reference(std::size_t m, std::size_t n, std::size_t k, bool epilogue) {
    SCOPED_TRACE(testing::Message() << "m=" << m << " n=" << n << " k=" << k);
    const std::size_t ldx = k + 3, ldy = n + 2;
    Guarded<float> x((m - 1) * ldx + k), bias(n);
    Guarded<float> want((m - 1) * ldy + n), got((m - 1) * ldy + n);
    const Packed w(n, k, panel(), 1);
    fill(x, -1.0F, 1.0F, 2);
    fill(bias, -1.0F, 1.0F, 3);
    fill(want, -1.0F, 1.0F, 4);
    std::memcpy(got.data(), want.data(), want.size() * sizeof(float));
    Args a{x.data(), ldx, w.data(), nullptr, nullptr, 0,    want.data(),
           ldy,      m,   n,        k,       panel(), 1.0F, Activation::kNone};
    if (epilogue) {
      a.bias = bias.data();
      a.residual = want.data();
      a.ldr = ldy;
      a.scale = 0.5F;
      a.activation = Activation::kGelu;
    }
    gemv::f32_ref(a, {0, gemv::work_items(a)});
    a.y = got.data();
    if (epilogue) a.residual = got.data();
    GetParam().fn(a, {0, gemv::work_items(a)});
    const float tolerance = test::product_tolerance(k);
    for (std::size_t i = 0; i < want.size(); ++i) {
      ASSERT_NEAR(got[i], want[i], i % ldy < n ? tolerance : 0.0F) << "at " << i;
    }
  }
};

TEST_P(Gemv, MatchesReferenceForEveryNumberOfRowsAndColumns) {
  for (std::size_t m = 1; m <= 6; ++m) {
    for (std::size_t n = 1; n <= 70; n += m) expect_reference(m, n, 11, n % 2 == 0);
    for (const std::size_t n : {2 * panel(), 2 * panel() + 1, 4 * panel() - 1, 5 * panel()}) {
      expect_reference(m, n, 11, true);
    }
  }
}

TEST_P(Gemv, MatchesReferenceForEveryLengthOfSum) {
  for (std::size_t m = 1; m <= 4; ++m) {
    for (std::size_t k = 1; k <= 70; k += m) expect_reference(m, panel() + 5, k, false);
    for (const std::size_t k : {127U, 384U, 1536U}) expect_reference(m, 2 * panel(), k, true);
  }
}

TEST_P(Gemv, AnySplitAndAnyNumberOfRowsGiveTheSameBits) {
  constexpr std::size_t kRows = 9, kK = 131;
  const std::size_t n = 7 * panel() + 3;
  Guarded<float> x(kRows * kK), bias(n), whole(kRows * n), parts(kRows * n);
  const Packed w(n, kK, panel(), 1);
  fill(x, -1.0F, 1.0F, 2);
  fill(bias, -1.0F, 1.0F, 3);
  Args a{x.data(), kK,    w.data(), bias.data(), nullptr, 0,    whole.data(),
         n,        kRows, n,        kK,          panel(), 1.0F, Activation::kGelu};
  const std::size_t items = gemv::work_items(a);
  ASSERT_EQ(items, 4U);
  GetParam().fn(a, {0, items});
  for (std::size_t rows = 1; rows <= kMaxRows; ++rows) {
    fill(parts, 0.0F, 1.0F, 5);
    for (std::size_t r = 0; r < kRows; r += rows) {
      a.x = x.data() + r * kK;
      a.y = parts.data() + r * n;
      a.m = std::min(rows, kRows - r);
      GetParam().fn(a, {2, items});
      GetParam().fn(a, {1, 2});
      GetParam().fn(a, {0, 1});
    }
    EXPECT_EQ(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(float)), 0) << rows;
  }
}

TEST_P(Gemv, GivesTheBitsOfGemm) {
  constexpr std::size_t kRows = 4, kK = 131;
  const std::size_t n = 3 * panel() + 5;
  Guarded<float> x(kRows * kK), here(kRows * n), there(kRows * n);
  const Packed w(n, kK, panel(), 1);
  fill(x, -1.0F, 1.0F, 2);
  Args a{x.data(), kK,    w.data(), nullptr, nullptr, 0,    here.data(),
         n,        kRows, n,        kK,      panel(), 0.3F, Activation::kGelu};
  GetParam().fn(a, {0, gemv::work_items(a)});
  a.y = there.data();
  for (const gemm::Kernel& kernel : gemm::variants()) {
    if (kernel.isa == GetParam().isa) kernel.fn(a, {0, gemm::work_items(a)});
  }
  EXPECT_EQ(std::memcmp(here.data(), there.data(), here.size() * sizeof(float)), 0);
}

SOTTO_TEST_EACH_VARIANT(Gemv, variants());

TEST(GemvTable, HasThePanelsOfGemmAndEndsWithTheReference) {
  ASSERT_EQ(variants().size(), gemm::variants().size());
  for (std::size_t i = 0; i < variants().size(); ++i) {
    EXPECT_EQ(variants()[i].isa, gemm::variants()[i].isa);
    EXPECT_EQ(variants()[i].panel, gemm::variants()[i].panel);
  }
  EXPECT_EQ(variants().back().fn, &f32_ref);
}

}  // namespace
}  // namespace sotto::kernels::gemv
