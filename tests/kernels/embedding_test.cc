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

class Embedding : public test::KernelTest<Variant<Fn>> {};

// Element [id, c] of the table is 100 * id + c, packed as the header says; the last panel is
// padded.
TEST_P(Embedding, GathersRowsOfThePackedTable) {
  for (const std::size_t panel : Sizes{1, 4, 8, 16, 48}) {
    for (const std::size_t cols : Sizes{1, 3, 17}) {
      SCOPED_TRACE(testing::Message() << "panel=" << panel << " cols=" << cols);
      constexpr std::size_t kIds = 21;
      const std::size_t panels = ceil_div(kIds, panel);
      Guarded<float> w(panels * panel * cols);
      std::fill_n(w.data(), w.size(), -1.0F);
      for (std::size_t id = 0; id < kIds; ++id) {
        for (std::size_t c = 0; c < cols; ++c) {
          w[((id / panel) * cols + c) * panel + id % panel] = static_cast<float>(100 * id + c);
        }
      }
      Guarded<std::int32_t> ids(5);
      const std::int32_t wanted[] = {20, 0, 7, 7, 16};
      std::copy_n(wanted, 5, ids.data());
      Guarded<float> y(5 * cols);
      const Args args{ids.data(), w.data(), y.data(), 5, cols, panel};
      for (std::size_t item = work_items(args); item-- > 0;) GetParam().fn(args, {item, item + 1});
      for (std::size_t i = 0; i < y.size(); ++i) {
        const auto id = static_cast<std::size_t>(wanted[i / cols]);
        ASSERT_EQ(y[i], static_cast<float>(100 * id + i % cols)) << "at " << i;
      }
    }
  }
}

TEST(EmbeddingTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(Embedding, variants());

}  // namespace
}  // namespace sotto::kernels::embedding
