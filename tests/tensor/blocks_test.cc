#include "lib/tensor/blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "lib/format/ggml.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "tests/support/xz.h"

namespace sotto::tensor {
namespace {

constexpr const char* kMicro = "golden/whisper/micro";

// A block as its definition names the parts, with random numbers in them.
class Definition {
 public:
  explicit Definition(std::uint32_t seed) : rng_(seed) {
    d_ = half();
    m_ = half();
    for (unsigned& q : q_) q = static_cast<unsigned>(rng_());
    for (unsigned& s : s_) s = static_cast<unsigned>(rng_());
    for (unsigned& t : t_) t = static_cast<unsigned>(rng_()) % 64;
  }

  // The bytes of a block of the type, and the values that its formula gives.
  std::vector<std::byte> bytes(Dtype dtype);
  std::vector<double> values() const { return values_; }

 private:
  float half() { return f16_to_f32(static_cast<std::uint16_t>(0x2000 + rng_() % 0x1000)); }

  void put_half(float value) {
    const std::uint16_t bits = f32_to_f16(value);
    put(bits & 0xFFU);
    put(bits >> 8);
  }
  void put(unsigned byte) { out_.push_back(static_cast<std::byte>(byte)); }

  void small(int bits, bool min);
  void large(int bits);
  void six();

  std::mt19937 rng_;
  float d_ = 0, m_ = 0;
  unsigned q_[256], s_[16], t_[16];
  std::vector<std::byte> out_;
  std::vector<double> values_;
};

void Definition::small(int bits, bool min) {
  const unsigned count = 1U << bits;
  put_half(d_);
  if (min) put_half(m_);
  if (bits == 5) {
    for (unsigned byte = 0; byte < 4; ++byte) {
      unsigned high = 0;
      for (unsigned bit = 0; bit < 8; ++bit) high |= (q_[8 * byte + bit] % count >> 4) << bit;
      put(high);
    }
  }
  for (unsigned i = 0; i < 16; ++i) put(q_[i] % 16 | (q_[i + 16] % 16) << 4);
  for (unsigned i = 0; i < 32; ++i) {
    const double q = q_[i] % count;
    values_.push_back(min ? d_ * q + m_ : d_ * (q - count / 2));
  }
}

void Definition::large(int bits) {
  const unsigned count = 1U << bits;
  put_half(d_);
  put_half(m_);
  unsigned packed[12] = {};
  for (unsigned j = 0; j < 4; ++j) {
    packed[j] = s_[j] % 64 | (s_[j + 4] % 64 >> 4) << 6;
    packed[j + 4] = t_[j] | (t_[j + 4] >> 4) << 6;
    packed[j + 8] = s_[j + 4] % 16 | (t_[j + 4] % 16) << 4;
  }
  for (const unsigned byte : packed) put(byte);
  if (bits == 5) {
    for (unsigned i = 0; i < 32; ++i) {
      unsigned high = 0;
      for (unsigned j = 0; j < 8; ++j) high |= (q_[32 * j + i] % count >> 4) << j;
      put(high);
    }
  }
  for (unsigned j = 0; j < 8; j += 2) {
    for (unsigned i = 0; i < 32; ++i) put(q_[32 * j + i] % 16 | (q_[32 * j + 32 + i] % 16) << 4);
  }
  for (unsigned i = 0; i < 256; ++i) {
    const double q = q_[i] % count;
    values_.push_back(double{d_} * (s_[i / 32] % 64) * q - double{m_} * t_[i / 32]);
  }
}

void Definition::six() {
  const auto q = [this](unsigned i) { return q_[i] % 64; };
  for (unsigned half = 0; half < 256; half += 128) {
    for (unsigned i = 0; i < 64; ++i) put(q(half + i) % 16 | (q(half + 64 + i) % 16) << 4);
  }
  for (unsigned half = 0; half < 256; half += 128) {
    for (unsigned i = 0; i < 32; ++i) {
      unsigned high = 0;
      for (unsigned j = 0; j < 4; ++j) high |= (q(half + 32 * j + i) >> 4) << (2 * j);
      put(high);
    }
  }
  for (const unsigned s : s_) put(s % 256);
  put_half(d_);
  for (unsigned i = 0; i < 256; ++i) {
    const int scale = static_cast<int>(s_[i / 16] % 256) - (s_[i / 16] % 256 > 127 ? 256 : 0);
    values_.push_back(double{d_} * scale * (static_cast<int>(q(i)) - 32));
  }
}

std::vector<std::byte> Definition::bytes(Dtype dtype) {
  switch (dtype) {
    case Dtype::kQ4_0: small(4, false); break;
    case Dtype::kQ4_1: small(4, true); break;
    case Dtype::kQ5_0: small(5, false); break;
    case Dtype::kQ5_1: small(5, true); break;
    case Dtype::kQ4_K: large(4); break;
    case Dtype::kQ5_K: large(5); break;
    case Dtype::kQ6_K: six(); break;
    default:  // Q8_0
      put_half(d_);
      for (unsigned i = 0; i < 32; ++i) {
        put(q_[i] % 256);
        values_.push_back(double{d_} * static_cast<std::int8_t>(q_[i] % 256));
      }
  }
  return out_;
}

class Blocks : public testing::TestWithParam<Dtype> {};
INSTANTIATE_TEST_SUITE_P(Tensor, Blocks,
                         testing::Values(Dtype::kQ4_0, Dtype::kQ4_1, Dtype::kQ5_0, Dtype::kQ5_1,
                                         Dtype::kQ8_0, Dtype::kQ4_K, Dtype::kQ5_K, Dtype::kQ6_K),
                         [](const auto& each) { return std::string(name(each.param)); });

// Products are exact and there is one addition, so the f32 nearest to the exact value is the
// result.
TEST_P(Blocks, ValuesAreThoseOfTheDefinition) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Definition definition(seed);
    std::vector<std::byte> bytes = definition.bytes(GetParam());
    ASSERT_EQ(bytes.size(), block(GetParam()).bytes);
    bytes.insert(bytes.begin(), std::byte{0});  // no alignment
    std::vector<float> got(block(GetParam()).elements);
    dequantise(GetParam(), bytes.data() + 1, 1, got.data());
    const std::vector<double> want = definition.values();
    ASSERT_EQ(want.size(), got.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i], static_cast<float>(want[i])) << i << " of seed " << seed;
    }
  }
}

TEST_P(Blocks, SeveralBlocksFollowOneAnother) {
  const Block size = block(GetParam());
  std::vector<std::byte> bytes;
  std::vector<float> want;
  for (std::uint32_t seed = 0; seed < 3; ++seed) {
    Definition definition(seed);
    const std::vector<std::byte> one = definition.bytes(GetParam());
    bytes.insert(bytes.end(), one.begin(), one.end());
    for (const double value : definition.values()) want.push_back(static_cast<float>(value));
  }
  std::vector<float> got(3 * size.elements + 1, 7.0F);
  ASSERT_TRUE(convertible(GetParam()));
  to_f32(GetParam(), bytes.data(), 3 * size.elements, got.data());
  EXPECT_EQ(got.back(), 7.0F) << "nothing is written past the end";
  got.pop_back();
  EXPECT_EQ(got, want);
}

TEST(BlockTypes, OthersAreLeftAlone) {
  for (const Dtype dtype : {Dtype::kF32, Dtype::kF16, Dtype::kQ2_K, Dtype::kQ3_K, Dtype::kI8}) {
    EXPECT_FALSE(is_quantised(dtype));
    float untouched = 3.0F;
    const std::byte bytes[256] = {};
    dequantise(dtype, bytes, 1, &untouched);
    EXPECT_EQ(untouched, 3.0F);
  }
}

class Quantised : public testing::TestWithParam<Dtype> {
 protected:
  std::vector<std::byte> blocks(const std::vector<float>& values) const {
    std::vector<std::byte> bytes(*byte_size(GetParam(), values.size()));
    from_f32(GetParam(), values.data(), values.size(), bytes.data());
    return bytes;
  }
  std::vector<float> back(const std::vector<float>& values) const {
    std::vector<float> got(values.size());
    to_f32(GetParam(), blocks(values).data(), values.size(), got.data());
    return got;
  }
};
INSTANTIATE_TEST_SUITE_P(Tensor, Quantised, testing::Values(Dtype::kQ8_0, Dtype::kQ4_0),
                         [](const auto& each) { return std::string(name(each.param)); });

std::vector<float> random_values(std::size_t count, float scale, std::uint32_t seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> values(count);
  for (float& value : values) value = normal(rng);
  return values;
}

// Half a step from rounding to whole numbers, and q times what the scale loses as an f16. 1 / d and
// x / d are rounded, by half an ulp each: 2^-23 |q| steps more.
TEST(QuantisedTo8Bits, ErrorsAreThoseOfRoundingTheNumbersAndTheScale) {
  for (const float scale : {1e-3F, 0.02F, 1.0F, 300.0F}) {
    const std::vector<float> x = random_values(200 * 32, scale, 5);
    std::vector<std::byte> bytes(*byte_size(Dtype::kQ8_0, x.size()));
    std::vector<float> got(x.size());
    from_f32(Dtype::kQ8_0, x.data(), x.size(), bytes.data());
    to_f32(Dtype::kQ8_0, bytes.data(), x.size(), got.data());
    for (std::size_t block = 0; block < x.size(); block += 32) {
      double d = 0;
      for (std::size_t i = block; i < block + 32; ++i) d = std::max(d, std::fabs(double{x[i]}));
      d /= 127;
      const double loss = std::fabs(d - f16_to_f32(f32_to_f16(static_cast<float>(d))));
      for (std::size_t i = block; i < block + 32; ++i) {
        ASSERT_LE(std::fabs(got[i] - x[i]), (0.5 + 127 * 0x1p-23) * d + 127 * loss) << i;
      }
    }
  }
}

// How much a value's squared error counts: blocks.cc's measure.
double weight(const float* block, float x) {
  double mean = 0;
  for (std::size_t i = 0; i < 32; ++i) mean += double{block[i]} * block[i] / 32;
  return std::sqrt(double{x} * x + mean);
}

// The squared error of a block whose largest value is -8 steps, with exact arithmetic.
double plain_error(const float* x) {
  const float* most =
      std::max_element(x, x + 32, [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  const double d = double{*most} / -8;
  double error = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const double q = std::clamp(std::nearbyint(x[i] / d), -8.0, 7.0);
    error += weight(x, x[i]) * (x[i] - d * q) * (x[i] - d * q);
  }
  return error;
}

// Each value is the nearest of the sixteen that the block's scale gives, and the error is less than
// without a choice of scale: never more than what the scale loses as an f16, and a tenth in all.
TEST(QuantisedTo4Bits, ValuesAreTheNearestOfAGoodScale) {
  for (const float scale : {1e-3F, 0.02F, 1.0F, 300.0F}) {
    const std::vector<float> x = random_values(500 * 32, scale, 5);
    std::vector<std::byte> bytes(*byte_size(Dtype::kQ4_0, x.size()));
    std::vector<float> got(x.size());
    from_f32(Dtype::kQ4_0, x.data(), x.size(), bytes.data());
    to_f32(Dtype::kQ4_0, bytes.data(), x.size(), got.data());
    double all = 0, all_plain = 0;
    for (std::size_t block = 0; block < x.size(); block += 32) {
      std::uint16_t half = 0;
      std::memcpy(&half, &bytes[block / 32 * 18], sizeof half);
      const double d = f16_to_f32(half);
      double error = 0, weights = 0;
      for (std::size_t i = block; i < block + 32; ++i) {
        const double off = std::fabs(got[i] - x[i]);
        const double counts = weight(&x[block], x[i]);
        error += counts * off * off;
        weights += counts;
        if (std::fabs(x[i] / d + 0.5) <= 8) {
          ASSERT_LE(off, (0.5 + 1e-5) * std::fabs(d)) << i;
        }
      }
      const double plain = plain_error(&x[block]);
      // Rounding moves d by 2^-11 at most (or half the least f16), and q values by that of 8.
      const double moved = 8 * std::max(std::fabs(d) * 0x1p-11, 0x1p-25);
      ASSERT_LE(std::sqrt(error), std::sqrt(plain) + std::sqrt(weights) * moved);
      all += error;
      all_plain += plain;
    }
    EXPECT_LT(all, 0.9 * all_plain);
  }
}

TEST_P(Quantised, WhatBlocksHoldSurvives) {
  const std::vector<float> once = back(random_values(500 * 32, 0.1F, 6));
  EXPECT_EQ(back(once), once);
}

TEST_P(Quantised, ZerosStayZeros) {
  const float least = std::numeric_limits<float>::denorm_min();
  for (const float tiny : {0.0F, -0.0F, least, -least, 1e-39F}) {
    std::vector<float> values = random_values(96, 1.0F, 7);
    std::fill_n(values.begin() + 32, 32, tiny);  // 1 / d is infinite
    const std::vector<float> got = back(values);
    for (std::size_t i = 32; i < 64; ++i) EXPECT_EQ(got[i], 0.0F) << tiny;
    for (const std::size_t at : {0, 64}) {
      EXPECT_NE(std::count(got.begin() + at, got.begin() + at + 32, 0.0F), 32);
    }
  }
}

TEST_P(Quantised, TheLargestValuesStayFinite) {
  for (const float sign : {1.0F, -1.0F}) {
    const std::vector<float> values(32, sign * most_held(GetParam()));
    EXPECT_EQ(back(values), values);
  }
}

TEST_P(Quantised, BlocksFollowOneAnotherAtAnyAlignment) {
  const std::vector<float> values = random_values(96, 1.0F, 8);
  const std::size_t bytes = *byte_size(GetParam(), 96);
  std::vector<std::byte> all(bytes + 2, std::byte{0x5A});
  quantise(GetParam(), values.data(), 3, all.data() + 1);
  EXPECT_EQ(all.front(), std::byte{0x5A});
  EXPECT_EQ(all.back(), std::byte{0x5A});
  for (std::size_t i = 0; i < 3; ++i) {
    const std::vector<std::byte> one =
        blocks({values.begin() + 32 * i, values.begin() + 32 * (i + 1)});
    EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + 1 + one.size() * i)) << i;
  }
}

// Small numbers, whose bytes one can work out: d = 1 and d = -1.
TEST(QuantisedTypes, BytesAreThoseOfTheFormulas) {
  std::vector<float> x(32, 0.0F);
  x[0] = -127.0F;
  x[1] = 2.5F;  // halves away from zero
  x[2] = -2.5F;
  x[3] = 2.4F;
  x[31] = 127.0F;
  std::vector<std::byte> bytes(34);
  quantise(Dtype::kQ8_0, x.data(), 1, bytes.data());
  std::vector<std::byte> want(34);
  const unsigned q8[] = {0x00, 0x3C, 0x81, 3, 0xFD, 2};  // f16 1, then whole numbers
  for (std::size_t i = 0; i < std::size(q8); ++i) want[i] = static_cast<std::byte>(q8[i]);
  want[33] = std::byte{127};
  EXPECT_EQ(bytes, want);

  std::fill(x.begin(), x.end(), 0.0F);
  x[0] = -4.0F;  // -8 steps of 0.5, which leave no error
  x[1] = 3.5F;
  x[2] = 1.0F;
  x[16] = -1.0F;
  bytes.assign(18, std::byte{0});
  quantise(Dtype::kQ4_0, x.data(), 1, bytes.data());
  want.assign(18, std::byte{0x88});
  const unsigned q4[] = {0x00, 0x38, 0x60, 0x8F, 0x8A};  // f16 0.5, then nibbles + 8
  for (std::size_t i = 0; i < std::size(q4); ++i) want[i] = static_cast<std::byte>(q4[i]);
  EXPECT_EQ(bytes, want);
}

TEST(QuantisedTypes, OthersAreLeftAlone) {
  for (const Dtype dtype : {Dtype::kF32, Dtype::kF16, Dtype::kQ4_1, Dtype::kQ6_K, Dtype::kI8}) {
    EXPECT_FALSE(is_quantisable(dtype));
    const float values[256] = {1.0F};
    std::byte untouched{0x5A};
    quantise(dtype, values, 1, &untouched);
    EXPECT_EQ(untouched, std::byte{0x5A});
  }
  EXPECT_EQ(most_held(Dtype::kQ4_1), 0.0F);
}

// The file of ggml's quantize tool holds what it made of the f16 file.
TEST(QuantisedTo8Bits, BytesAreThoseOfGgml) {
  SOTTO_NEEDS_SHARED(kMicro);
  const auto model = test::shared_root() / kMicro / "model";
  const auto halves = test::read_xz(model / "ggml-f16.bin.xz");
  ASSERT_TRUE(halves.has_value());
  const auto source = format::Ggml::parse("f16", test::as_bytes(*halves));
  ASSERT_OK(source);
  const auto text = test::read_xz(model / "ggml-q8_0.bin.xz");
  ASSERT_TRUE(text.has_value());
  const auto quantised = format::Ggml::parse("q8_0", test::as_bytes(*text));
  ASSERT_OK(quantised);
  std::size_t compared = 0;
  for (const format::TensorInfo& want : quantised->tensors()) {
    if (want.dtype != Dtype::kQ8_0) continue;
    const format::TensorInfo* tensor = source->find(want.name);
    ASSERT_NE(tensor, nullptr) << want.name;
    std::vector<float> values(tensor->elements());
    to_f32(tensor->dtype, tensor->data.data(), values.size(), values.data());
    std::vector<std::byte> got(want.data.size());
    from_f32(Dtype::kQ8_0, values.data(), values.size(), got.data());
    EXPECT_TRUE(std::equal(got.begin(), got.end(), want.data.begin(), want.data.end()))
        << want.name;
    ++compared;
  }
  EXPECT_GE(compared, 30U);
}

// What ggml's own to_float makes of the files of its quantize tool.
TEST(BlockTypes, ValuesAreThoseOfGgml) {
  SOTTO_NEEDS_SHARED(kMicro);
  const auto micro = test::shared_root() / kMicro;
  std::ifstream file(micro / "golden/ggml_quantised.json");
  const nlohmann::json golden = nlohmann::json::parse(file);
  ASSERT_GE(golden.size(), 5U);
  for (const auto& [type, tensors] : golden.items()) {
    const auto text = test::read_xz(micro / ("model/ggml-" + type + ".bin.xz"));
    ASSERT_TRUE(text.has_value()) << type;
    const auto model = format::Ggml::parse(type, test::as_bytes(*text));
    ASSERT_OK(model);
    ASSERT_FALSE(tensors.empty());
    for (const auto& [tensor_name, want] : tensors.items()) {
      const format::TensorInfo* tensor = model->find(tensor_name);
      ASSERT_NE(tensor, nullptr) << tensor_name;
      std::vector<float> values(tensor->elements());
      to_f32(tensor->dtype, tensor->data.data(), values.size(), values.data());
      const auto first = want["first"].get<std::vector<float>>();
      const auto last = want["last"].get<std::vector<float>>();
      ASSERT_TRUE(std::equal(first.begin(), first.end(), values.begin())) << tensor_name;
      ASSERT_TRUE(std::equal(last.rbegin(), last.rend(), values.rbegin())) << tensor_name;
      double sum = 0, abs_sum = 0;
      for (const float value : values) {
        sum += value;
        abs_sum += std::fabs(value);
      }
      // Sums of n doubles in another order: n eps of their absolute sum.
      const double noise = static_cast<double>(values.size()) * 0x1p-52 * abs_sum;
      EXPECT_NEAR(sum, want["sum"].get<double>(), noise) << type << " " << tensor_name;
      EXPECT_NEAR(abs_sum, want["abs_sum"].get<double>(), noise) << type << " " << tensor_name;
    }
  }
}

}  // namespace
}  // namespace sotto::tensor
