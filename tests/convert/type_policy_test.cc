#include "lib/convert/type_policy.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/temp_folder.h"

namespace sotto::converter {
namespace {

using tensor::Dtype;

constexpr WeightType kTypes[] = {WeightType::kExact, WeightType::kF32,  WeightType::kF16,
                                 WeightType::kBF16,  WeightType::kQ8_0, WeightType::kQ4_0};

Dtype chosen(const ConvertOptions& options, std::string_view name, const TypePolicy::Shape& shape,
             Dtype found = Dtype::kF32) {
  return TypePolicy(options).choose(name, shape, found);
}

ConvertOptions asked(WeightType type) {
  ConvertOptions options;
  options.type = type;
  return options;
}

TEST(TypePolicy, MatricesGetWhatWasAskedFor) {
  const Dtype want[] = {Dtype::kF32,  Dtype::kF32,  Dtype::kF16,
                        Dtype::kBF16, Dtype::kQ8_0, Dtype::kQ4_0};
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    for (const char* name : {"encoder.blk.0.attn_q.weight", "decoder.token_embd.weight"}) {
      EXPECT_EQ(chosen(asked(kTypes[i]), name, {5, 64}), want[i]) << name;
    }
  }
}

TEST(TypePolicy, ExactKeepsHalvesAndMakesTheRestF32) {
  const ConvertOptions exact;
  EXPECT_EQ(chosen(exact, "m", {2, 32}, Dtype::kF16), Dtype::kF16);
  EXPECT_EQ(chosen(exact, "m", {2, 32, 3}, Dtype::kBF16), Dtype::kBF16);
  EXPECT_EQ(chosen(exact, "m", {2, 32}, Dtype::kQ8_0), Dtype::kF32);
  EXPECT_EQ(chosen(exact, "m", {32}, Dtype::kF16), Dtype::kF32);
}

TEST(TypePolicy, ConvolutionsAndOtherRowsAreF16AtNarrowest) {
  for (const WeightType type : {WeightType::kQ8_0, WeightType::kQ4_0}) {
    EXPECT_EQ(chosen(asked(type), "encoder.conv2.weight", {64, 64, 32}), Dtype::kF16);
    EXPECT_EQ(chosen(asked(type), "m", {64, 33}), Dtype::kF16);
    EXPECT_EQ(chosen(asked(type), "m", {64, 4}, Dtype::kBF16), Dtype::kF16);
  }
  EXPECT_EQ(chosen(asked(WeightType::kF32), "encoder.conv2.weight", {64, 64, 32}), Dtype::kF32);
}

TEST(TypePolicy, VectorsAndPositionsAreF32WhateverIsAskedFor) {
  for (const WeightType type : kTypes) {
    ConvertOptions options = asked(type);
    options.keep = {{"*", type}};
    EXPECT_EQ(chosen(options, "encoder.conv1.bias", {64}, Dtype::kF16), Dtype::kF32);
    EXPECT_EQ(chosen(options, "one", {}, Dtype::kF16), Dtype::kF32);
    for (const char* name : {"encoder.position_embd.weight", "decoder.position_embd.weight"}) {
      EXPECT_EQ(chosen(options, name, {64, 64}, Dtype::kF16), Dtype::kF32) << name;
    }
  }
}

TEST(TypePolicy, TheLastPatternThatMatchesDecides) {
  ConvertOptions options = asked(WeightType::kQ4_0);
  options.keep = {{"decoder.*", WeightType::kQ8_0},
                  {"*.attn_q.weight", WeightType::kF16},
                  {"encoder.conv?.weight", WeightType::kF32}};
  EXPECT_EQ(chosen(options, "decoder.token_embd.weight", {64, 64}), Dtype::kQ8_0);
  EXPECT_EQ(chosen(options, "decoder.blk.0.attn_q.weight", {64, 64}), Dtype::kF16);
  EXPECT_EQ(chosen(options, "encoder.blk.0.attn_k.weight", {64, 64}), Dtype::kQ4_0);
  EXPECT_EQ(chosen(options, "encoder.conv1.weight", {64, 64, 3}), Dtype::kF32);
  EXPECT_EQ(chosen(options, "decoder.odd", {64, 8}), Dtype::kF16) << "kept types have to fit, too";
}

TEST(TypePolicy, APatternThatMatchesNothingIsNamed) {
  ConvertOptions options;
  options.keep = {{"a*", WeightType::kF16}, {"b*", WeightType::kF16}};
  TypePolicy policy(options);
  policy.choose("alpha", {2, 2}, Dtype::kF32);
  ASSERT_TRUE(policy.unused().has_value());
  EXPECT_EQ(policy.unused()->code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(policy.unused()->message, "keep: no tensor of the model has a name like \"b*\"");
  policy.choose("beta", {2}, Dtype::kF32);
  EXPECT_FALSE(policy.unused().has_value());
}

struct Keys {
  std::uint32_t file_type;
  bool quantised;
  bool operator==(const Keys&) const = default;
};

// What the file says of a matrix of `shape` and 100 values of a vector.
Keys keys_of(const ConvertOptions& options, const TypePolicy::Shape& shape, Dtype found) {
  TypePolicy policy(options);
  policy.choose("matrix", shape, found);
  policy.choose("vector", {100}, found);
  format::GgufWriter writer;
  policy.add_keys(writer);
  const auto bytes = writer.write_to_memory();
  EXPECT_TRUE(bytes.has_value());
  const auto file = format::Gguf::parse("keys", *bytes);
  EXPECT_TRUE(file.has_value());
  const bool quantised = file->has("general.quantization_version");
  if (quantised) {
    EXPECT_EQ(*file->u32("general.quantization_version"), 2U);
  }
  return {*file->u32("general.file_type"), quantised};
}

TEST(TypePolicy, TheFileTypeIsGgmlsNumber) {
  const TypePolicy::Shape matrix = {64, 64};
  const std::pair<WeightType, Keys> expected[] = {{WeightType::kF32, {0, false}},
                                                  {WeightType::kF16, {1, false}},
                                                  {WeightType::kQ4_0, {2, true}},
                                                  {WeightType::kQ8_0, {7, true}},
                                                  {WeightType::kBF16, {32, false}}};
  for (const auto& [type, keys] : expected) {
    EXPECT_EQ(keys_of(asked(type), matrix, Dtype::kF32), keys) << keys.file_type;
  }
  EXPECT_EQ(keys_of({}, matrix, Dtype::kBF16), (Keys{32, false})) << "exact: what most values have";
  EXPECT_EQ(keys_of({}, {1, 64}, Dtype::kF16), (Keys{0, false})) << "the vector has more";
  EXPECT_EQ(keys_of(asked(WeightType::kQ8_0), {64, 8}, Dtype::kF32), (Keys{1, false}))
      << "nothing could be quantised";
}

TEST(TypePolicy, AMixHasTheFileTypeThatWasAskedFor) {
  ConvertOptions options = asked(WeightType::kQ4_0);
  options.keep = {{"matrix", WeightType::kQ8_0}};
  TypePolicy policy(options);
  policy.choose("matrix", {64, 64}, Dtype::kF32);
  policy.choose("other", {1, 32}, Dtype::kF32);
  format::GgufWriter writer;
  policy.add_keys(writer);
  const auto bytes = writer.write_to_memory();
  ASSERT_OK(bytes);
  const auto file = format::Gguf::parse("keys", *bytes);
  ASSERT_OK(file);
  EXPECT_EQ(*file->u32("general.file_type"), 2U);
}

}  // namespace
}  // namespace sotto::converter
