#include "kernels/gemm_q8/gemm_q8.h"

#include <gtest/gtest.h>

#include "tests/support/quantised_facts.h"

namespace sotto::kernels::gemm_q8 {
namespace {

struct Gemm {
  using Type = test::Q8;
  using Kernel = gemm_q8::Kernel;
  static std::size_t work_items(const Args& a) { return gemm_q8::work_items(a); }
};

class GemmQ8 : public test::KernelTest<Kernel> {};

TEST_P(GemmQ8, IsExactForEveryNumberOfRows) {
  test::expect_every_number_of_rows<Gemm>(GetParam(), 30);
}

TEST_P(GemmQ8, IsExactForEveryNumberOfColumns) {
  test::expect_every_number_of_columns<Gemm>(GetParam());
}

TEST_P(GemmQ8, IsExactForEveryNumberOfBlocks) {
  test::expect_every_number_of_blocks<Gemm>(GetParam());
}

TEST_P(GemmQ8, IsExactForEveryEpilogue) { test::expect_every_epilogue<Gemm>(GetParam()); }

TEST_P(GemmQ8, NothingSaturates) { test::expect_extreme_values<Gemm>(GetParam()); }

TEST_P(GemmQ8, TakesAnyFiniteScale) { test::expect_extreme_scales<Gemm>(GetParam()); }

TEST_P(GemmQ8, AnySplitOfItemsAndRowsGivesTheSameBits) {
  test::expect_the_same_bits_for_any_split<Gemm>(GetParam(), 90);
}

SOTTO_TEST_EACH_VARIANT(GemmQ8, variants());

TEST(GemmQ8Pack, PiecesInAnyOrderGiveTheWhole) {
  for (const Kernel& kernel : variants()) {
    SCOPED_TRACE(kernel.name);
    test::expect_pieces_to_pack_alike<test::Q8>(kernel.layout);
  }
}

TEST(GemmQ8Table, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &q8_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
