#include "kernels/gemv_q4/gemv_q4.h"

#include <gtest/gtest.h>

#include "tests/support/quantised_facts.h"

namespace sotto::kernels::gemv_q4 {
namespace {

struct Gemv {
  using Type = test::Q4;
  using Kernel = gemv_q4::Kernel;
  static std::size_t work_items(const Args& a) { return gemv_q4::work_items(a); }
};
struct Gemm {
  using Kernel = gemm_q4::Kernel;
  static std::size_t work_items(const Args& a) { return gemm_q4::work_items(a); }
};

class GemvQ4 : public test::KernelTest<Kernel> {};

TEST_P(GemvQ4, IsExactForEveryNumberOfRows) {
  test::expect_every_number_of_rows<Gemv>(GetParam(), 2 * kMaxRows + 1);
}

TEST_P(GemvQ4, IsExactForEveryNumberOfColumns) {
  test::expect_every_number_of_columns<Gemv>(GetParam());
}

TEST_P(GemvQ4, IsExactForEveryNumberOfBlocks) {
  test::expect_every_number_of_blocks<Gemv>(GetParam());
}

TEST_P(GemvQ4, IsExactForEveryEpilogue) { test::expect_every_epilogue<Gemv>(GetParam()); }

TEST_P(GemvQ4, NothingSaturates) { test::expect_extreme_values<Gemv>(GetParam()); }

TEST_P(GemvQ4, AnySplitOfItemsAndRowsGivesTheSameBits) {
  test::expect_the_same_bits_for_any_split<Gemv>(GetParam(), kMaxRows);
}

TEST_P(GemvQ4, GivesTheBitsOfGemm) {
  test::expect_the_bits_of<Gemv, Gemm>(GetParam(), gemm_q4::variants());
}

SOTTO_TEST_EACH_VARIANT(GemvQ4, variants());

TEST(GemvQ4Table, HasTheLayoutsOfGemmAndEndsWithTheReference) {
  test::expect_one_layout(gemm_q4::variants(), variants());
  EXPECT_EQ(variants().back().fn, &q4_ref);
}

}  // namespace
}  // namespace sotto::kernels::gemv_q4
