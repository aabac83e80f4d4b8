#include "kernels/kv_append_f16/kv_append_f16.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::kv_append_f16 {
namespace {

using test::fill;
using test::Guarded;
using Sizes = std::initializer_list<std::size_t>;

F16 rounded(float x) {
  F16 y;
  narrow(x, y);
  return y;
}

class KvAppendF16 : public test::KernelTest<Variant<Fn>> {};

TEST_P(KvAppendF16, WritesTheNewRowsAndNothingElse) {
  for (const std::size_t rows : Sizes{1, 2, 63, 64, 65, 130}) {
    for (const std::size_t cols : Sizes{1, 7, 36, 64, 100}) {
      for (const std::size_t past : Sizes{0, 3}) {
        SCOPED_TRACE(testing::Message() << rows << "x" << cols << " past=" << past);
        const std::size_t ldk = cols + 5;
        const std::size_t ldv = 2 * cols;
        const std::size_t capacity = past + rows + 2;
        Guarded<float> k((rows - 1) * ldk + cols);
        Guarded<float> v((rows - 1) * ldv + cols);
        Guarded<F16> k_cache(capacity * cols);
        Guarded<F16> v_cache(capacity * cols);
        fill(k, -1.0F, 1.0F, 1);
        fill(v, -1.0F, 1.0F, 2);
        std::fill_n(k_cache.data(), k_cache.size(), F16{7});
        std::fill_n(v_cache.data(), v_cache.size(), F16{8});
        const Args args{k.data(),       ldk,  v.data(), ldv, k_cache.data(),
                        v_cache.data(), rows, cols,     past};
        for (std::size_t item = work_items(args); item-- > 0;) {
          GetParam().fn(args, {item, item + 1});
        }
        for (std::size_t r = 0; r < capacity; ++r) {
          const bool fresh = r >= past && r < past + rows;
          for (std::size_t c = 0; c < cols; ++c) {
            ASSERT_EQ(k_cache[r * cols + c], fresh ? rounded(k[(r - past) * ldk + c]) : F16{7})
                << r << c;
            ASSERT_EQ(v_cache[r * cols + c], fresh ? rounded(v[(r - past) * ldv + c]) : F16{8})
                << r << c;
          }
        }
      }
    }
  }
}

TEST(KvAppendF16Table, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f16_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

SOTTO_TEST_EACH_VARIANT(KvAppendF16, variants());

}  // namespace
}  // namespace sotto::kernels::kv_append_f16
