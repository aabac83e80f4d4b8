#include "kernels/gemm_f16/gemm_f16.h"

#include <gtest/gtest.h>

#include "tests/support/half_products.h"

namespace sotto::kernels::gemm_f16 {
namespace {

class GemmF16 : public test::HalfProductTest<F16> {
 protected:
  GemmF16() : HalfProductTest(f16_ref, gemm::work_items<F16>) {}
};

TEST_P(GemmF16, MatchesReferenceForEveryNumberOfRows) {
  for (std::size_t m = 1; m <= 30; ++m) expect_reference({.m = m, .n = panel() + 3, .k = 17});
  for (const std::size_t m : {84U, 85U, 169U}) {
    expect_reference({.m = m, .n = panel() + 3, .k = 17});
  }
}

TEST_P(GemmF16, MatchesReferenceForEveryNumberOfColumns) {
  for (std::size_t n = 1; n <= 70; ++n) {
    expect_reference({.m = 7, .n = n, .k = 9, .epilogue = n % 2 == 0});
  }
  for (const std::size_t n : {4 * panel(), 4 * panel() + 1, 8 * panel() + panel() / 2}) {
    expect_reference({.m = 7, .n = n, .k = 9, .epilogue = true});
  }
}

TEST_P(GemmF16, MatchesReferenceForEveryLengthOfSum) {
  for (std::size_t k = 1; k <= 70; ++k) expect_reference({.m = 15, .n = panel() + 5, .k = k});
  for (const std::size_t k : {127U, 384U, 511U, 513U, 1023U, 1025U, 2500U}) {
    expect_reference({.m = 15, .n = panel() + 5, .k = k});
  }
}

TEST_P(GemmF16, MatchesReferenceForAnyRowStride) {
  for (const std::size_t ldx : {1U, 7U, 16U, 23U, 24U, 25U, 100U, 512U, 1024U, 2048U}) {
    expect_reference({.m = 31, .n = panel(), .k = 24, .ldx = ldx});
  }
  expect_reference({.m = 17, .n = panel(), .k = 1023, .ldx = 1024});
}

TEST_P(GemmF16, AnySplitAndAnyNumberOfRowsGiveTheSameBits) {
  expect_same_bits_for_any_split(87, 8 * panel() + 5, 37);
  expect_same_bits_for_any_split(29, panel() + 1, 1536);
}

SOTTO_TEST_EACH_VARIANT(GemmF16, variants());

TEST(GemmF16Table, EndsWithTheReference) { EXPECT_EQ(variants().back().fn, &f16_ref); }

}  // namespace
}  // namespace sotto::kernels::gemm_f16
