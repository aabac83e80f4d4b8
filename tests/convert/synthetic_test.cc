#include "lib/convert/synthetic.h"

#include <gtest/gtest.h>
#include <sotto/sotto.hpp>

#include <utility>

#include "lib/format/gguf.h"
#include "tests/support/temp_folder.h"

namespace sotto::converter {
namespace {

std::uint64_t parameters(std::string_view model) {
  const Result<std::vector<std::byte>> bytes = synthetic_model(model, "f16");
  EXPECT_TRUE(bytes) << bytes.error().message;
  if (!bytes) return 0;
  const Result<format::Gguf> file = format::Gguf::parse("synthetic", *bytes);
  EXPECT_TRUE(file) << file.error().message;
  std::uint64_t count = 0;
  for (const format::TensorInfo& tensor : file->tensors()) count += tensor.elements();
  return count;
}

// What huggingface.co counts in openai/whisper-tiny, whisper-base and UsefulSensors/moonshine-tiny.
TEST(Synthetic, ModelsHaveAsManyParametersAsTheRealOnes) {
  EXPECT_EQ(parameters("whisper:tiny"), 37'760'640U);
  EXPECT_EQ(parameters("whisper:base"), 72'593'920U);
  EXPECT_EQ(parameters("moonshine:tiny"), 27'092'736U);
}

TEST(Synthetic, MatricesAreOfTheTypeAndTheRestIsF32) {
  for (const auto& [type, dtype] :
       {std::pair{"f32", tensor::Dtype::kF32}, std::pair{"bf16", tensor::Dtype::kBF16}}) {
    const Result<std::vector<std::byte>> bytes = synthetic_model("whisper:tiny", type);
    ASSERT_OK(bytes);
    const Result<format::Gguf> file = format::Gguf::parse("synthetic", *bytes);
    ASSERT_OK(file);
    EXPECT_EQ(file->find("decoder.token_embd.weight")->dtype, dtype);
    EXPECT_EQ(file->find("encoder.conv1.weight")->dtype, dtype);
    EXPECT_EQ(file->find("encoder.position_embd.weight")->dtype, tensor::Dtype::kF32);
    EXPECT_EQ(file->find("encoder.blk.0.attn_q.bias")->dtype, tensor::Dtype::kF32);
  }
}

TEST(Synthetic, TheLibraryTakesThem) {
  for (const char* name : {"whisper:tiny", "moonshine:tiny", "moonshine:base"}) {
    const Result<std::vector<std::byte>> bytes = synthetic_model(name, "f16");
    ASSERT_OK(bytes);
    const Result<Model> model = Model::load(*bytes, "synthetic");
    ASSERT_OK(model);
    EXPECT_EQ(model->info().name, name);
    EXPECT_EQ(model->info().file, "synthetic");
    EXPECT_EQ(model->info().file_bytes, bytes->size());
  }
}

TEST(Synthetic, UnknownModelsAndTypesAreErrors) {
  EXPECT_ERROR(synthetic_model("whisper:gigantic", "f16"), ErrorCode::kInvalidArgument,
               "whisper:large-v3");
  for (const char* type : {"", "i32", "q9_0", "q6_k"}) {
    EXPECT_ERROR(synthetic_model("whisper:tiny", type), ErrorCode::kUnsupported, "type");
  }
}

}  // namespace
}  // namespace sotto::converter
