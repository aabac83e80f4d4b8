#include "lib/convert/gguf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "lib/convert/convert.h"
#include "lib/format/gguf.h"
#include "tests/convert/whisper_sources.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace sotto::converter {
namespace {

namespace fs = std::filesystem;
using format::Gguf;
using format::GgufWriter;
using format::TensorInfo;
using tensor::Dtype;
using test::as_bytes;
using test::as_text;
using test::read_file;
using test::TempFolder;
using test::write_file;

constexpr const char* kDigits = "models/moonshine-digits/hf";

void add_tensor(GgufWriter& writer, const std::string& name, Dtype dtype,
                std::vector<std::uint64_t> shape, const std::string& data) {
  writer.add_tensor(name, dtype, std::move(shape), [data](std::span<std::byte> to) -> Status {
    EXPECT_EQ(to.size(), data.size());
    std::memcpy(to.data(), data.data(), std::min(to.size(), data.size()));
    return ok();
  });
}

std::string floats(std::size_t count) {
  std::string data;
  for (std::size_t i = 0; i < count; ++i) {
    data += test::number(std::sin(static_cast<float>(i)));
  }
  return data;
}

std::vector<float> values_of(const TensorInfo& tensor) {
  std::vector<float> values(tensor.elements());
  tensor::to_f32(tensor.dtype, tensor.data.data(), values.size(), values.data());
  return values;
}

class GgufSource : public testing::Test {
 protected:
  fs::path write(const GgufWriter& writer) {
    const Status written = writer.write(folder_ / "in.gguf");
    EXPECT_TRUE(written.has_value()) << written.error().message;
    return folder_ / "in.gguf";
  }
  // A file that says what it is, with a tensor of each kind.
  fs::path sample() {
    GgufWriter writer;
    writer.add_string("general.architecture", "whisper");
    writer.add_string("general.name", "sample");
    writer.add_string("general.license", "mit");
    writer.add_u32("general.file_type", 0);
    writer.add_u32("whisper.mel_bins", 80);
    writer.add_string_array("tokenizer.ggml.tokens", {"a", "", "\xff"});
    add_tensor(writer, "encoder.conv1.weight", Dtype::kF32, {2, 32, 3}, floats(192));
    add_tensor(writer, "encoder.conv1.bias", Dtype::kF32, {2}, floats(2));
    add_tensor(writer, "encoder.position_embd.weight", Dtype::kF32, {2, 32}, floats(64));
    add_tensor(writer, "encoder.blk.0.attn_q.weight", Dtype::kF32, {4, 64}, floats(256));
    add_tensor(writer, "decoder.token_embd.weight", Dtype::kF32, {3, 32}, floats(96));
    return write(writer);
  }
  std::string converted_bytes(const fs::path& source, WeightType type) {
    ConvertOptions options;
    options.type = type;
    const Status done = converter::convert(source, folder_ / "out.gguf", options);
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return read_file(folder_ / "out.gguf");
  }
  void refuses(const fs::path& source, ErrorCode code, const std::string& message,
               const ConvertOptions& options = {}) {
    EXPECT_ERROR(converter::convert(source, folder_ / "none.gguf", options), code, message);
    EXPECT_FALSE(fs::exists(folder_ / "none.gguf"));
  }

  TempFolder folder_;
};

constexpr WeightType kTypes[] = {WeightType::kF32, WeightType::kF16, WeightType::kBF16,
                                 WeightType::kQ8_0, WeightType::kQ4_0};

TEST_F(GgufSource, GivesTheFileThatTheCheckpointGives) {
  test::SmallWhisper small;
  small.width = 32;
  const fs::path checkpoint = folder_ / "ggml-small.en.bin";
  write_file(checkpoint, test::ggml_file(small.dims(), test::small_vocabulary(),
                                         test::ggml_tensors(small.tensors())));
  ASSERT_OK(converter::convert(checkpoint, folder_ / "exact.gguf", {}));
  for (const WeightType type : kTypes) {
    const std::string direct = converted_bytes(checkpoint, type);
    EXPECT_TRUE(converted_bytes(folder_ / "exact.gguf", type) == direct) << static_cast<int>(type);
  }
}

TEST_F(GgufSource, MoonshineGivesTheFileThatItsFolderGives) {
  SOTTO_NEEDS_SHARED(kDigits);
  const fs::path checkpoint = test::shared_root() / kDigits;
  ASSERT_OK(converter::convert(checkpoint, folder_ / "exact.gguf", {}));
  for (const WeightType type : kTypes) {
    const std::string direct = converted_bytes(checkpoint, type);
    EXPECT_TRUE(converted_bytes(folder_ / "exact.gguf", type) == direct) << static_cast<int>(type);
  }
  const Result<Gguf> file = Gguf::open(folder_ / "out.gguf");  // of the last type
  ASSERT_OK(file);
  for (const auto& [name, dtype] : {std::pair("encoder.conv2.weight", Dtype::kF16),
                                    std::pair("encoder.conv2.bias", Dtype::kF32),
                                    std::pair("encoder.output_norm.weight", Dtype::kF32),
                                    std::pair("decoder.blk.0.ffn_up.weight", Dtype::kQ4_0),
                                    std::pair("decoder.token_embd.weight", Dtype::kQ4_0)}) {
    ASSERT_NE(file->find(name), nullptr) << name;
    EXPECT_EQ(file->find(name)->dtype, dtype) << name;
  }
}

TEST_F(GgufSource, TypesAreThoseOfThePolicyAndShapesStay) {
  const fs::path source = sample();
  const Result<Gguf> before = Gguf::open(source);
  ASSERT_OK(before);
  ConvertOptions options;
  options.type = WeightType::kQ4_0;
  options.keep = {{"*token_embd*", WeightType::kQ8_0}};
  ASSERT_OK(converter::convert(source, folder_ / "out.gguf", options));
  const Result<Gguf> after = Gguf::open(folder_ / "out.gguf");
  ASSERT_OK(after);
  const Dtype want[] = {Dtype::kF16, Dtype::kF32, Dtype::kF32, Dtype::kQ4_0, Dtype::kQ8_0};
  ASSERT_EQ(after->tensors().size(), std::size(want));
  for (std::size_t i = 0; i < std::size(want); ++i) {
    const TensorInfo& tensor = after->tensors()[i];
    EXPECT_EQ(tensor.name, before->tensors()[i].name);
    EXPECT_EQ(tensor.shape, before->tensors()[i].shape);
    ASSERT_EQ(tensor.dtype, want[i]) << tensor.name;
    const std::vector<float> values = values_of(before->tensors()[i]);
    std::vector<std::byte> bytes(tensor.data.size());
    tensor::from_f32(want[i], values.data(), values.size(), bytes.data());
    EXPECT_EQ(as_text(tensor.data), as_text(bytes)) << tensor.name;
  }
  EXPECT_EQ(*after->u32("general.file_type"), 2U);
  EXPECT_EQ(*after->u32("general.quantization_version"), 2U);
}

TEST_F(GgufSource, QuantisedFilesBecomeTheirValues) {
  const fs::path source = sample();
  write_file(folder_ / "q8_0.gguf", converted_bytes(source, WeightType::kQ8_0));
  const Result<Gguf> quantised = Gguf::open(folder_ / "q8_0.gguf");
  ASSERT_OK(quantised);
  converted_bytes(folder_ / "q8_0.gguf", WeightType::kExact);
  const Result<Gguf> plain = Gguf::open(folder_ / "out.gguf");
  ASSERT_OK(plain);
  for (const TensorInfo& tensor : quantised->tensors()) {
    const TensorInfo* found = plain->find(tensor.name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->dtype, tensor.dtype == Dtype::kQ8_0 ? Dtype::kF32 : tensor.dtype);
    EXPECT_EQ(values_of(*found), values_of(tensor)) << tensor.name;
  }
  EXPECT_EQ(*plain->u32("general.file_type"), 0U);
  EXPECT_FALSE(plain->has("general.quantization_version"));
}

// A block that quantising would not make: none of its numbers is 127.
TEST_F(GgufSource, BlocksThatKeepTheirTypeKeepTheirBytes) {
  const std::string block = test::number(std::uint16_t{0x3C00}) + std::string(32, '\x05');
  GgufWriter writer;
  writer.add_string("general.architecture", "whisper");
  writer.add_string("general.name", "blocks");
  add_tensor(writer, "m", Dtype::kQ8_0, {2, 32}, block + block);
  const fs::path source = write(writer);
  converted_bytes(source, WeightType::kQ8_0);
  const Result<Gguf> file = Gguf::open(folder_ / "out.gguf");
  ASSERT_OK(file);
  EXPECT_EQ(as_text(file->find("m")->data), block + block);
}

TEST_F(GgufSource, MetadataAreCopiedButForWhatSaysTheTypes) {
  const fs::path source = sample();
  converted_bytes(source, WeightType::kF16);
  const Result<Gguf> before = Gguf::open(source);
  const Result<Gguf> after = Gguf::open(folder_ / "out.gguf");
  ASSERT_OK(before);
  ASSERT_OK(after);
  EXPECT_EQ(after->encoded().size(), before->encoded().size());
  for (const Gguf::Encoded& entry : before->encoded()) {
    if (entry.key == "general.file_type") continue;
    const auto all = after->encoded();
    const auto found = std::ranges::find(all, entry.key, &Gguf::Encoded::key);
    ASSERT_NE(found, all.end()) << entry.key;
    EXPECT_EQ(as_text(found->value), as_text(entry.value)) << entry.key;
  }
  EXPECT_EQ(*after->u32("general.file_type"), 1U);
}

TEST_F(GgufSource, AnAlignmentOfTheSourceIsNotThatOfTheTarget) {
  const auto entry = [](const std::string& key, std::uint32_t type, const std::string& value) {
    return test::number(std::uint64_t{key.size()}) + key + test::number(type) + value;
  };
  std::string file = "GGUF" + test::number(std::uint32_t{3}) + test::number(std::uint64_t{1}) +
                     test::number(std::uint64_t{2}) +
                     entry("general.alignment", 4, test::number(std::uint32_t{256})) +
                     entry("general.architecture", 8, test::number(std::uint64_t{7}) + "whisper");
  file += test::number(std::uint64_t{1}) + "v" + test::number(std::uint32_t{1}) +
          test::number(std::uint64_t{3}) + test::number(std::uint32_t{0}) +
          test::number(std::uint64_t{0});
  file.resize((file.size() + 255) / 256 * 256);
  write_file(folder_ / "in.gguf", file + floats(3));
  converted_bytes(folder_ / "in.gguf", WeightType::kF32);
  const Result<Gguf> after = Gguf::open(folder_ / "out.gguf");
  ASSERT_OK(after);
  EXPECT_FALSE(after->has("general.alignment"));
  EXPECT_EQ(as_text(after->find("v")->data), floats(3));
}

TEST_F(GgufSource, OptionsReplaceNameLicenseAndLanguage) {
  ConvertOptions options;
  options.name = "other";
  options.license = "cc0";
  options.language = "de";
  ASSERT_OK(converter::convert(sample(), folder_ / "out.gguf", options));
  const Result<Gguf> file = Gguf::open(folder_ / "out.gguf");
  ASSERT_OK(file);
  EXPECT_EQ(*file->string("general.name"), "other");
  EXPECT_EQ(*file->string("general.license"), "cc0");
  EXPECT_EQ(*file->string_array("general.languages"), std::vector<std::string_view>{"de"});
}

TEST_F(GgufSource, AFileMayBecomeItself) {
  const std::string want = converted_bytes(sample(), WeightType::kQ8_0);
  fs::create_symlink(folder_ / "in.gguf", folder_ / "link.gguf");
  ConvertOptions options;
  options.type = WeightType::kQ8_0;
  ASSERT_OK(converter::convert(folder_ / "in.gguf", folder_ / "link.gguf", options));
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.gguf"));
  EXPECT_EQ(read_file(folder_ / "in.gguf"), want);
  ASSERT_OK(converter::convert(folder_ / "in.gguf", folder_ / "in.gguf", options));
  EXPECT_EQ(read_file(folder_ / "in.gguf"), want);
  EXPECT_EQ(folder_.entries(), 3U) << "in, out and the link";
}

TEST_F(GgufSource, OtherArchitecturesAreUnsupported) {
  GgufWriter llama;
  llama.add_string("general.architecture", "llama");
  refuses(write(llama), ErrorCode::kUnsupported,
          "in.gguf: general.architecture is \"llama\", expected \"moonshine\" or \"whisper\"");
  refuses(write(GgufWriter()), ErrorCode::kCorruptFile, "no metadata \"general.architecture\"");
}

TEST_F(GgufSource, OptionsThatAFileCannotBeGivenAfterwardsAreNamed) {
  const fs::path source = sample();
  ConvertOptions options;
  options.vocabulary = "x";
  refuses(source, ErrorCode::kInvalidArgument, "in.gguf: vocabulary is for checkpoints", options);
  options = {};
  options.alignment_heads = "0,0";
  refuses(source, ErrorCode::kInvalidArgument, "alignment_heads is for checkpoints", options);
  options = {};
  options.max_tokens_per_second = 5;
  refuses(source, ErrorCode::kInvalidArgument, "max_tokens_per_second is for", options);
  options = {};
  options.keep = {{"*q.weight", WeightType::kF16}, {"*embed*", WeightType::kF16}};
  refuses(source, ErrorCode::kInvalidArgument, "a name like \"*embed*\"", options);
}

TEST_F(GgufSource, TensorsThatCannotBecomeWhatIsAskedForAreNamed) {
  const auto with = [this](Dtype dtype, const std::string& data) {
    GgufWriter writer;
    writer.add_string("general.architecture", "whisper");
    add_tensor(writer, "m", dtype, {1, *tensor::byte_size(dtype, 256) == data.size() ? 256U : 32U},
               data);
    return write(writer);
  };
  refuses(with(Dtype::kI8, std::string(32, '\1')), ErrorCode::kUnsupported, "tensor m is I8");
  refuses(with(Dtype::kQ2_K, std::string(84, '\0')), ErrorCode::kUnsupported, "tensor m is Q2_K");
  ConvertOptions options;
  const std::pair<WeightType, const char*> all[] = {
      {WeightType::kF32, "F32"}, {WeightType::kQ8_0, "Q8_0"}, {WeightType::kQ4_0, "Q4_0"}};
  for (const auto& [type, name] : all) {
    options.type = type;
    const std::string message = base::concat("tensor m holds a value that ", name, " cannot hold");
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                            -std::numeric_limits<float>::infinity(), 8.4e6F}) {
      if (type == WeightType::kF32 && std::isfinite(bad)) continue;  // a scale is an F16
      refuses(with(Dtype::kF32, floats(31) + test::number(bad)), ErrorCode::kCorruptFile, message,
              options);
    }
  }
  options.type = WeightType::kQ8_0;  // keeps the blocks, looks at them all the same
  refuses(with(Dtype::kQ8_0, test::number(std::uint16_t{0x7C00}) + std::string(32, '\1')),
          ErrorCode::kCorruptFile, "tensor m holds a value that Q8_0 cannot hold", options);
}

TEST_F(GgufSource, TensorsThatOverlapAreRefused) {
  GgufWriter writer;
  writer.add_string("general.architecture", "whisper");
  add_tensor(writer, "first", Dtype::kF32, {16}, floats(16));
  add_tensor(writer, "second", Dtype::kF32, {16}, floats(16));
  const fs::path source = write(writer);
  std::string file = read_file(source);
  // The offset comes after the name, rank, one dimension and type.
  const std::size_t offset = file.find("second") + 6 + 4 + 8 + 4;
  write_file(source, test::with_number(file, offset, std::uint64_t{32}));
  refuses(source, ErrorCode::kCorruptFile, "tensors \"first\" and \"second\" overlap");
}

TEST_F(GgufSource, AFileCutAnywhereIsAnError) {
  const std::string file = read_file(sample());
  for (std::size_t size = 4; size < file.size(); size += size < 700 ? 37 : 211) {
    write_file(folder_ / "cut.gguf", file.substr(0, size));
    refuses(folder_ / "cut.gguf", ErrorCode::kCorruptFile, "truncated");
  }
}

}  // namespace
}  // namespace sotto::converter
