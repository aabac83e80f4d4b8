#include "kernels/embedding/embedding.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::embedding {
namespace {

using test::Guarded;
using Sizes = std::initializer_list<std::size_t>;

template <typename Weight>
class EmbeddingTest : public test::KernelTest<Variant<FnOf<Weight>>> {
 protected:
  // Rows of a packed table of small integers, which every type of weights has.
  void expect_rows(std::size_t panel, std::size_t cols) {
    SCOPED_TRACE(testing::Message() << "panel=" << panel << " cols=" << cols);
    constexpr std::size_t kIds = 21;
    std::vector<Weight> table(kIds * cols);
    for (std::size_t i = 0; i < table.size(); ++i) {
      narrow(static_cast<float>(i % 257) - 128.0F, table[i]);
    }
    Guarded<Weight> w(gemm::packed_size<Weight>(kIds, cols, panel));
    gemm::pack(table.data(), 0, kIds, kIds, cols, panel, w.data());
    Guarded<std::int32_t> ids(5);
    const std::int32_t wanted[] = {20, 0, 7, 7, 16};
    std::copy_n(wanted, 5, ids.data());
    Guarded<float> y(5 * cols);
    const ArgsOf<Weight> args{ids.data(), w.data(), y.data(), 5, cols, panel};
    for (std::size_t item = work_items(args); item-- > 0;) {
      this->GetParam().fn(args, {item, item + 1});
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t at = static_cast<std::size_t>(wanted[i / cols]) * cols + i % cols;
      ASSERT_EQ(y[i], widen(table[at])) << "at " << i;
    }
  }
  void expect_rows() {
    for (const std::size_t panel : Sizes{1, 4, 8, 16, 48}) {
      for (const std::size_t cols : Sizes{1, 3, 17, 18}) expect_rows(panel, cols);
    }
  }
};

using Embedding = EmbeddingTest<float>;
using EmbeddingF16 = EmbeddingTest<F16>;
using EmbeddingBf16 = EmbeddingTest<Bf16>;

TEST_P(Embedding, GathersRowsOfThePackedTable) { expect_rows(); }
TEST_P(EmbeddingF16, GathersRowsOfThePackedTable) { expect_rows(); }
TEST_P(EmbeddingBf16, GathersRowsOfThePackedTable) { expect_rows(); }

TEST(EmbeddingTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(Embedding, variants());
SOTTO_TEST_EACH_VARIANT(EmbeddingF16, f16_variants());
SOTTO_TEST_EACH_VARIANT(EmbeddingBf16, bf16_variants());

}  // namespace
}  // namespace sotto::kernels::embedding
