#include "kernels/gemv_f16/gemv_f16.h"

#include <gtest/gtest.h>

#include "tests/support/half_products.h"

namespace sotto::kernels::gemv_f16 {
namespace {

class GemvF16 : public test::HalfProductTest<F16> {
 protected:
  GemvF16() : HalfProductTest(f16_ref, gemv::work_items<F16>) {}
};

TEST_P(GemvF16, MatchesReferenceForEveryNumberOfRowsAndColumns) {
  for (std::size_t m = 1; m <= 6; ++m) {
    for (std::size_t n = 1; n <= 70; n += m) {
      expect_reference({.m = m, .n = n, .k = 11, .ldx = 13, .epilogue = n % 2 == 0});
    }
    for (const std::size_t n : {2 * panel(), 2 * panel() + 1, 4 * panel() - 1, 5 * panel()}) {
      expect_reference({.m = m, .n = n, .k = 11, .epilogue = true});
    }
  }
}

TEST_P(GemvF16, MatchesReferenceForEveryLengthOfSum) {
  for (std::size_t m = 1; m <= 4; ++m) {
    for (std::size_t k = 1; k <= 70; k += m) {
      expect_reference({.m = m, .n = 3 * panel() + 5, .k = k});
    }
    for (const std::size_t k : {127U, 384U, 1536U, 4097U, 4200U}) {
      expect_reference({.m = m, .n = 3 * panel(), .k = k});
    }
  }
}

TEST_P(GemvF16, AnySplitAndAnyNumberOfRowsGiveTheSameBits) {
  expect_same_bits_for_any_split(9, 7 * panel() + 3, 131);
  expect_same_bits_for_any_split(2, 3 * panel(), 4100);
}

TEST_P(GemvF16, GivesTheBitsOfGemm) {
  test::expect_same_bits<F16>(GetParam(), gemv::work_items<F16>, gemm_f16::variants(),
                              gemm::work_items<F16>);
}

SOTTO_TEST_EACH_VARIANT(GemvF16, variants());

TEST(GemvF16Table, HasThePanelsOfGemmAndEndsWithTheReference) {
  test::expect_one_panel(gemm_f16::variants(), variants());
  EXPECT_EQ(variants().back().fn, &f16_ref);
}

}  // namespace
}  // namespace sotto::kernels::gemv_f16
