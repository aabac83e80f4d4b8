#include "lib/tensor/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace sotto::tensor {
namespace {

constexpr std::uint32_t kHalves = 1U << 16;

// The value of a half by the definition of the format: sign, exponent, mantissa.
double value_of(std::uint32_t half, int exponent_bits) {
  const int mantissa_bits = 15 - exponent_bits;
  const auto mantissa = static_cast<double>(half & ((1U << mantissa_bits) - 1));
  const int exponent = static_cast<int>((half & 0x7FFF) >> mantissa_bits);
  const int top = (1 << exponent_bits) - 1;
  const int bias = top / 2;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  const double one = std::ldexp(1.0, mantissa_bits);
  if (exponent == top) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + one, exponent - bias - mantissa_bits);
}

struct Format {
  const char* name;
  Dtype dtype;
  int exponent_bits;
  float (*widen)(std::uint16_t);
  std::uint16_t (*narrow)(float);
};

class Half : public testing::TestWithParam<Format> {
 protected:
  std::uint32_t infinity() const {
    return (0x7FFFU >> (15 - GetParam().exponent_bits)) << (15 - GetParam().exponent_bits);
  }
};
INSTANTIATE_TEST_SUITE_P(Dtype, Half,
                         testing::Values(Format{"f16", Dtype::kF16, 5, f16_to_f32, f32_to_f16},
                                         Format{"bf16", Dtype::kBF16, 8, bf16_to_f32, f32_to_bf16}),
                         [](const auto& each) { return each.param.name; });

TEST_P(Half, EveryHalfHasTheValueOfItsDefinition) {
  for (std::uint32_t half = 0; half < kHalves; ++half) {
    const double want = value_of(half, GetParam().exponent_bits);
    const float got = GetParam().widen(static_cast<std::uint16_t>(half));
    if (std::isnan(want)) {
      ASSERT_TRUE(std::isnan(got)) << half;
    } else {
      ASSERT_EQ(static_cast<double>(got), want) << half;
    }
    ASSERT_EQ(std::signbit(got), half >= 0x8000) << half;
  }
}

TEST_P(Half, EveryHalfSurvivesTheWayToFloatAndBack) {
  const std::uint32_t quiet = infinity() & ~(infinity() << 1) & 0x7FFF;  // lowest exponent bit
  for (std::uint32_t half = 0; half < kHalves; ++half) {
    const std::uint16_t back =
        GetParam().narrow(GetParam().widen(static_cast<std::uint16_t>(half)));
    if ((half & 0x7FFF) > infinity()) {
      ASSERT_EQ(back, half | quiet >> 1) << "a NaN stays the same NaN, made quiet";
    } else {
      ASSERT_EQ(back, half);
    }
  }
}

// Between two neighbours lies a float that is halfway, exactly: it goes to the even one, its own
// neighbours to the nearer one.
TEST_P(Half, RoundsToNearestAndTiesToEvenBetweenAnyTwoNeighbours) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::uint32_t half = 0; half + 1 < infinity(); ++half) {
    const float low = GetParam().widen(static_cast<std::uint16_t>(half));
    const float high = GetParam().widen(static_cast<std::uint16_t>(half + 1));
    const auto middle = static_cast<float>((static_cast<double>(low) + high) / 2);
    ASSERT_EQ(static_cast<double>(middle) * 2, static_cast<double>(low) + high);
    const std::uint32_t even = half + (half & 1U);
    ASSERT_EQ(GetParam().narrow(middle), even) << half;
    ASSERT_EQ(GetParam().narrow(-middle), even | 0x8000U) << half;
    ASSERT_EQ(GetParam().narrow(std::nextafter(middle, 0.0F)), half) << half;
    ASSERT_EQ(GetParam().narrow(std::nextafter(middle, kInfinity)), half + 1) << half;
  }
}

TEST_P(Half, OverflowsToInfinityFromHalfwayPastTheLargest) {
  const auto largest = static_cast<std::uint16_t>(infinity() - 1);
  const float top = GetParam().widen(largest);
  const float step = top - GetParam().widen(static_cast<std::uint16_t>(largest - 1));
  const float limit = top + step / 2;
  EXPECT_EQ(GetParam().narrow(std::nextafter(limit, 0.0F)), largest);
  EXPECT_EQ(GetParam().narrow(limit), infinity());
  EXPECT_EQ(GetParam().narrow(std::numeric_limits<float>::max()), infinity());
  EXPECT_EQ(GetParam().narrow(-std::numeric_limits<float>::infinity()), infinity() | 0x8000U);
}

TEST_P(Half, TinyFloatsBecomeZeroOfTheirSign) {
  const float least = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(GetParam().narrow(least), 0);
  EXPECT_EQ(GetParam().narrow(-least), 0x8000);
  EXPECT_EQ(GetParam().narrow(-0.0F), 0x8000);
}

TEST_P(Half, EveryNaNStaysNaN) {
  for (std::uint32_t payload = 1; payload < 1U << 23; payload = payload * 3 + 1) {
    for (const std::uint32_t sign : {0U, 0x80000000U}) {
      const auto value = std::bit_cast<float>(sign | 0x7F800000U | payload);
      EXPECT_GT(GetParam().narrow(value) & 0x7FFF, infinity()) << payload;
    }
  }
}

TEST_P(Half, RandomFloatsGoToTheNearestHalf) {
  std::mt19937 rng{7};
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(rng()));
    if (std::isnan(value)) continue;
    const std::uint16_t half = GetParam().narrow(value);
    if ((half & 0x7FFF) >= infinity()) continue;  // the overflow test has those
    const double error = std::abs(value_of(half, GetParam().exponent_bits) - value);
    for (const int step : {-1, 1}) {
      if ((half & 0x7FFF) == 0 && step < 0) continue;
      const auto neighbour = static_cast<std::uint32_t>(half + step);
      ASSERT_LE(error, std::abs(value_of(neighbour, GetParam().exponent_bits) - value)) << value;
    }
  }
}

TEST_P(Half, ArraysConvertAsSingleValuesDoAtAnyAlignment) {
  for (std::size_t offset = 0; offset < 3; ++offset) {
    for (std::size_t count = 0; count < 40; ++count) {
      std::vector<float> values(count);
      for (std::size_t i = 0; i < count; ++i) values[i] = 0.37F * static_cast<float>(i) - 5.1F;
      std::vector<std::byte> packed(offset + 2 * count + 1, std::byte{0x5A});
      from_f32(GetParam().dtype, values.data(), count, packed.data() + offset);
      EXPECT_EQ(packed.back(), std::byte{0x5A});
      std::vector<float> back(count);
      to_f32(GetParam().dtype, packed.data() + offset, count, back.data());
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(back[i], GetParam().widen(GetParam().narrow(values[i])));
      }
    }
  }
}

TEST(Dtype, F32ArraysAreCopied) {
  const float values[] = {1.5F, -2.25F, 1e-40F};
  std::byte bytes[1 + sizeof(values)];
  from_f32(Dtype::kF32, values, 3, bytes + 1);
  float back[3];
  to_f32(Dtype::kF32, bytes + 1, 3, back);
  EXPECT_EQ(std::memcmp(values, back, sizeof(values)), 0);
}

TEST(Dtype, FloatsAndQuantisedTypesConvert) {
  EXPECT_TRUE(convertible(Dtype::kF32));
  EXPECT_TRUE(convertible(Dtype::kF16));
  EXPECT_TRUE(convertible(Dtype::kBF16));
  EXPECT_FALSE(convertible(Dtype::kF64));
  EXPECT_FALSE(convertible(Dtype::kQ2_K));
  EXPECT_TRUE(convertible(Dtype::kQ8_0));
  float untouched = 3.0F;
  const std::byte bytes[8] = {};
  to_f32(Dtype::kF64, bytes, 1, &untouched);
  EXPECT_EQ(untouched, 3.0F);
}

// One value of many, or one scale, is infinite or not-a-number: whatever its bits are.
TEST(Dtype, ValuesAreFiniteWhereNoExponentIsTheLargest) {
  const Dtype types[] = {Dtype::kF32, Dtype::kF16, Dtype::kBF16, Dtype::kQ8_0, Dtype::kQ4_0};
  for (const Dtype dtype : types) {
    SCOPED_TRACE(name(dtype));
    constexpr std::size_t kCount = 96;
    const Block each = block(dtype);
    const std::size_t blocks = kCount / each.elements, size = blocks * each.bytes;
    const auto at = [&](std::size_t i) { return 1 + i * each.bytes; };  // at any alignment
    const std::vector<float> most(kCount, -most_held(dtype));
    std::vector<std::byte> bytes(1 + size, std::byte{0xFF});
    from_f32(dtype, most.data(), kCount, bytes.data() + 1);
    EXPECT_TRUE(all_finite(dtype, bytes.data() + 1, kCount));
    EXPECT_TRUE(all_finite(dtype, bytes.data() + 1, 0));
    const std::uint32_t infinity = dtype == Dtype::kF32    ? 0x7F800000U
                                   : dtype == Dtype::kBF16 ? 0x7F80U
                                                           : 0x7C00U;
    const std::uint32_t sign = dtype == Dtype::kF32 ? 0x80000000U : 0x8000U;
    const std::size_t bytes_of_it = dtype == Dtype::kF32 ? 4 : 2;
    for (std::size_t i = 0; i < blocks; ++i) {
      for (const std::uint32_t bad :
           {infinity, infinity | sign, infinity | 1, infinity | sign | 2}) {
        std::vector<std::byte> broken = bytes;
        std::memcpy(broken.data() + at(i), &bad, bytes_of_it);
        EXPECT_FALSE(all_finite(dtype, broken.data() + 1, kCount)) << i;
        EXPECT_TRUE(all_finite(dtype, broken.data() + 1, i * each.elements)) << i;
      }
    }
  }
  EXPECT_FALSE(all_finite(Dtype::kQ6_K, nullptr, 0));
}

TEST(Dtype, NumbersAndNamesLeadBack) {
  for (std::uint32_t number = 0; number < 100; ++number) {
    if (const auto dtype = dtype_from_gguf(number)) {
      EXPECT_EQ(static_cast<std::uint32_t>(*dtype), number);
      EXPECT_EQ(dtype_from_name(name(*dtype)), dtype);
    }
  }
  EXPECT_EQ(dtype_from_gguf(30), Dtype::kBF16);
  EXPECT_EQ(dtype_from_name("Q4_0"), Dtype::kQ4_0);
  EXPECT_EQ(name(Dtype::kF8E4M3), "F8_E4M3");
}

TEST(Dtype, UnknownNumbersAndNamesGiveNothing) {
  EXPECT_FALSE(dtype_from_gguf(4).has_value());
  EXPECT_FALSE(dtype_from_gguf(31).has_value());
  EXPECT_FALSE(dtype_from_gguf(UINT32_MAX).has_value());
  EXPECT_FALSE(dtype_from_gguf(static_cast<std::uint32_t>(Dtype::kU8)).has_value());
  EXPECT_FALSE(dtype_from_name("").has_value());
  EXPECT_FALSE(dtype_from_name("f32").has_value());
  EXPECT_EQ(name(static_cast<Dtype>(4)), "?");
}

TEST(Dtype, SizesAreThoseOfTheFormats) {
  EXPECT_EQ(byte_size(Dtype::kF32, 3), 12U);
  EXPECT_EQ(byte_size(Dtype::kBF16, 0), 0U);
  EXPECT_EQ(byte_size(Dtype::kQ4_0, 64), 36U);
  EXPECT_EQ(byte_size(Dtype::kQ8_0, 32), 34U);
  EXPECT_EQ(byte_size(Dtype::kQ6_K, 256), 210U);
}

TEST(Dtype, ASizeThatDoesNotFitOrAPartOfABlockGivesNothing) {
  EXPECT_FALSE(byte_size(Dtype::kF32, UINT64_MAX / 4 + 1).has_value());
  EXPECT_EQ(byte_size(Dtype::kF32, UINT64_MAX / 4), UINT64_MAX / 4 * 4);
  EXPECT_FALSE(byte_size(Dtype::kQ8_0, 33).has_value());
  EXPECT_FALSE(byte_size(Dtype::kQ8_0, UINT64_MAX - 31).has_value());
  EXPECT_FALSE(byte_size(static_cast<Dtype>(4), 32).has_value());
}

}  // namespace
}  // namespace sotto::tensor
