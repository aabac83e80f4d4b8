#include "kernels/kv_append/kv_append.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::kv_append {
namespace {

using test::fill;
using test::Guarded;
using Sizes = std::initializer_list<std::size_t>;

class KvAppend : public test::KernelTest<Variant<Fn>> {};

TEST_P(KvAppend, WritesTheNewRowsAndNothingElse) {
  for (const std::size_t rows : Sizes{1, 2, 63, 64, 65, 130}) {
    for (const std::size_t cols : Sizes{1, 7, 36, 64, 100}) {
      for (const std::size_t past : Sizes{0, 3}) {
        SCOPED_TRACE(testing::Message() << rows << "x" << cols << " past=" << past);
        const std::size_t ldk = cols + 5;
        const std::size_t ldv = 2 * cols;
        const std::size_t capacity = past + rows + 2;
        Guarded<float> k((rows - 1) * ldk + cols);
        Guarded<float> v((rows - 1) * ldv + cols);
        Guarded<float> k_cache(capacity * cols);
        Guarded<float> v_cache(capacity * cols);
        fill(k, -1.0F, 1.0F, 1);
        fill(v, -1.0F, 1.0F, 2);
        std::fill_n(k_cache.data(), k_cache.size(), 7.0F);
        std::fill_n(v_cache.data(), v_cache.size(), 8.0F);
        const Args args{k.data(),       ldk,  v.data(), ldv, k_cache.data(),
                        v_cache.data(), rows, cols,     past};
        for (std::size_t item = work_items(args); item-- > 0;) {
          GetParam().fn(args, {item, item + 1});
        }
        for (std::size_t r = 0; r < capacity; ++r) {
          const bool fresh = r >= past && r < past + rows;
          for (std::size_t c = 0; c < cols; ++c) {
            ASSERT_EQ(k_cache[r * cols + c], fresh ? k[(r - past) * ldk + c] : 7.0F) << r << c;
            ASSERT_EQ(v_cache[r * cols + c], fresh ? v[(r - past) * ldv + c] : 8.0F) << r << c;
          }
        }
      }
    }
  }
}

TEST(KvAppendTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(KvAppend, variants());

}  // namespace
}  // namespace sotto::kernels::kv_append
