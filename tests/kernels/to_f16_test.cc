#include "kernels/to_f16/to_f16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/support/guarded.h"
#include "tests/support/variants.h"

namespace sotto::kernels::to_f16 {
namespace {

using test::Guarded;

class ToF16 : public test::KernelTest<Variant<Fn>> {
 protected:
  F16 round(float x) {
    Guarded<float> from(17);
    Guarded<F16> to(17);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = x;
    GetParam().fn({from.data(), 17, to.data(), 17, 1, 17}, {0, 1});
    for (std::size_t i = 1; i < to.size(); ++i) EXPECT_EQ(to[i], to[0]) << x << " at " << i;
    return to[0];
  }
};

TEST_P(ToF16, RoundsEveryRowAndNothingElse) {
  for (const std::size_t rows : {1U, 2U, 63U, 64U, 65U, 130U}) {
    for (const std::size_t cols : {1U, 4U, 7U, 8U, 15U, 16U, 17U, 33U, 100U}) {
      const std::size_t ldx = cols + 3, ldy = cols + 2;
      Guarded<float> x((rows - 1) * ldx + cols);
      Guarded<F16> y((rows - 1) * ldy + cols);
      fill(x, -8.0F, 8.0F, 1);
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = F16{7};
      const Args a{x.data(), ldx, y.data(), ldy, rows, cols};
      for (std::size_t item = work_items(a); item-- > 0;) GetParam().fn(a, {item, item + 1});
      for (std::size_t i = 0; i < y.size(); ++i) {
        if (i % ldy >= cols) {
          ASSERT_EQ(y[i], F16{7}) << "wrote between rows " << i;
          continue;
        }
        const float from = x[i / ldy * ldx + i % ldy];
        // Half a unit in the last of 11 places.
        ASSERT_LE(std::fabs(widen(y[i]) - from), std::fabs(from) * 0x1p-11F + 0x1p-25F) << i;
      }
    }
  }
}

TEST_P(ToF16, KeepsEveryHalf) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const F16 half{static_cast<std::uint16_t>(bits)};
    if (std::isnan(widen(half))) {
      EXPECT_TRUE(std::isnan(widen(round(widen(half))))) << bits;
    } else {
      ASSERT_EQ(round(widen(half)), half) << bits;
    }
  }
}

TEST_P(ToF16, RoundsTiesToEvenAndTheRestToTheNearest) {
  for (std::uint32_t bits = 0; bits + 1 < 0x7C00; bits += bits < 0x800 ? 1 : 37) {
    const F16 low{static_cast<std::uint16_t>(bits)}, high{static_cast<std::uint16_t>(bits + 1)};
    const float tie = (widen(low) + widen(high)) / 2;  // exact
    ASSERT_EQ(round(tie), bits % 2 == 0 ? low : high) << bits;
    ASSERT_EQ(round(std::nextafter(tie, 0.0F)), low) << bits;
    ASSERT_EQ(round(std::nextafter(tie, 1e9F)), high) << bits;
  }
  EXPECT_EQ(round(65519.996F), F16{0x7BFF});
  EXPECT_EQ(round(65520.0F), F16{0x7C00});
  EXPECT_EQ(round(-1e30F), F16{0xFC00});
  EXPECT_EQ(round(-std::numeric_limits<float>::infinity()), F16{0xFC00});
  EXPECT_EQ(round(-1e-30F), F16{0x8000});
}

SOTTO_TEST_EACH_VARIANT(ToF16, variants());

TEST(Half, BfloatIsTheNearestUpperHalf) {
  Bf16 y;
  narrow(1.0F + 0x1p-8F, y);  // a tie
  EXPECT_EQ(widen(y), 1.0F);
  narrow(1.0F + 0x1p-8F + 0x1p-20F, y);
  EXPECT_EQ(widen(y), 1.0F + 0x1p-7F);
  narrow(1.0F + 3 * 0x1p-8F, y);
  EXPECT_EQ(widen(y), 1.0F + 0x1p-6F);
  narrow(-std::numeric_limits<float>::max(), y);
  EXPECT_EQ(widen(y), -std::numeric_limits<float>::infinity());
  narrow(float_of(0x7F800001U), y);  // a NaN whose upper half alone would be infinity
  EXPECT_TRUE(std::isnan(widen(y)));
}

}  // namespace
}  // namespace sotto::kernels::to_f16
