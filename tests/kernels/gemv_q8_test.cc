#include "kernels/gemv_q8/gemv_q8.h"

#include <gtest/gtest.h>

#include "tests/support/quantised_facts.h"

namespace sotto::kernels::gemv_q8 {
namespace {

struct Gemv {
  using Type = test::Q8;
  using Kernel = gemv_q8::Kernel;
  static std::size_t work_items(const Args& a) { return gemv_q8::work_items(a); }
};
struct Gemm {
  using Kernel = gemm_q8::Kernel;
  static std::size_t work_items(const Args& a) { return gemm_q8::work_items(a); }
};

class GemvQ8 : public test::KernelTest<Kernel> {};

TEST_P(GemvQ8, IsExactForEveryNumberOfRows) {
  test::expect_every_number_of_rows<Gemv>(GetParam(), 2 * kMaxRows + 1);
}

TEST_P(GemvQ8, IsExactForEveryNumberOfColumns) {
  test::expect_every_number_of_columns<Gemv>(GetParam());
}

TEST_P(GemvQ8, IsExactForEveryNumberOfBlocks) {
  test::expect_every_number_of_blocks<Gemv>(GetParam());
}

TEST_P(GemvQ8, IsExactForEveryEpilogue) { test::expect_every_epilogue<Gemv>(GetParam()); }

TEST_P(GemvQ8, NothingSaturates) { test::expect_extreme_values<Gemv>(GetParam()); }

TEST_P(GemvQ8, AnySplitOfItemsAndRowsGivesTheSameBits) {
  test::expect_the_same_bits_for_any_split<Gemv>(GetParam(), kMaxRows);
}

TEST_P(GemvQ8, GivesTheBitsOfGemm) {
  test::expect_the_bits_of<Gemv, Gemm>(GetParam(), gemm_q8::variants());
}

SOTTO_TEST_EACH_VARIANT(GemvQ8, variants());

TEST(GemvQ8Table, HasTheLayoutsOfGemmAndEndsWithTheReference) {
  test::expect_one_layout(gemm_q8::variants(), variants());
  EXPECT_EQ(variants().back().fn, &q8_ref);
}

}  // namespace
}  // namespace sotto::kernels::gemv_q8
