#include "kernels/embedding_q8/embedding_q8.h"

#include <gtest/gtest.h>

#include "tests/support/quantised.h"
#include "tests/support/variants.h"

namespace sotto::kernels::embedding_q8 {
namespace {

using test::Guarded;

class EmbeddingQ8 : public test::KernelTest<Variant<Fn>> {};

TEST_P(EmbeddingQ8, GathersRowsOfEveryLayout) {
  for (const gemm_q8::Kernel& kernel : gemm_q8::variants()) {
    for (const std::size_t cols : {32U, 96U}) {
      SCOPED_TRACE(testing::Message() << kernel.name << " cols=" << cols);
      const test::Quantised<test::Q8> table(37, cols, 1);
      const test::QuantisedPanels<test::Q8> w(table, kernel.layout);
      Guarded<std::int32_t> ids(5);
      const std::int32_t wanted[] = {36, 0, 7, 7, 16};
      std::copy_n(wanted, 5, ids.data());
      Guarded<float> y(5 * cols);
      const Args args{ids.data(), w.data(), y.data(), 5, cols, kernel.layout};
      for (std::size_t item = work_items(args); item-- > 0;) GetParam().fn(args, {item, item + 1});
      for (std::size_t i = 0; i < y.size(); ++i) {
        const auto id = static_cast<std::size_t>(wanted[i / cols]);
        const std::size_t c = i % cols;
        const float want = table.scale(id, c / 32) * static_cast<float>(table.value(id, c));
        ASSERT_EQ(y[i], want) << "at " << i;
      }
    }
  }
}

TEST(EmbeddingQ8Table, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &q8_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(EmbeddingQ8, variants());

}  // namespace
}  // namespace sotto::kernels::embedding_q8
