#include "lib/format/pytorch.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/model_files.h"
#include "tests/support/temp_folder.h"

namespace sotto::format {
namespace {

namespace pickle = test::pickle;
using tensor::Dtype;
using test::as_text;
using test::SourceTensor;
using test::TempFolder;
using test::ZipBuilder;

std::vector<SourceTensor> sample_tensors() {
  return {{"w", Dtype::kF32, {2, 2}, "0123456789abcdef"},
          {"h", Dtype::kF16, {1, 3}, "xxyyzz"},
          {"b", Dtype::kBF16, {2}, "ppqq"},
          {"scalar", Dtype::kF32, {}, "four"},
          {"none", Dtype::kF32, {0, 5}, ""}};
}

std::string sample() {
  return test::pytorch_file({{"n_mels", 80}, {"n_vocab", 51865}}, sample_tensors());
}

Result<Pytorch> parse(const std::string& text) {
  static std::vector<char> copy;  // of its own, so that a sanitizer sees a read past the end
  copy.assign(text.begin(), text.end());
  return Pytorch::parse("t.pt", std::as_bytes(std::span(copy)));
}

void expect_sample(const Pytorch& file) {
  ASSERT_EQ(file.tensors().size(), 5U);
  EXPECT_EQ(file.tensors()[0].name, "w");
  EXPECT_EQ(file.find("w")->dtype, Dtype::kF32);
  EXPECT_EQ(file.find("w")->shape, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(as_text(file.find("w")->data), "0123456789abcdef");
  EXPECT_EQ(file.find("h")->dtype, Dtype::kF16);
  EXPECT_EQ(as_text(file.find("h")->data), "xxyyzz");
  EXPECT_EQ(file.find("b")->dtype, Dtype::kBF16);
  EXPECT_EQ(file.find("scalar")->elements(), 1U);
  EXPECT_TRUE(file.find("none")->data.empty());
  EXPECT_EQ(file.find("x"), nullptr);
}

// A checkpoint of one tensor "w", whose pickle has this value for it.
std::string with_value(const std::string& value, const std::string& storage = "0123456789abcdef") {
  const std::string root = pickle::dict(
      {{"dims", pickle::dict({})}, {"model_state_dict", pickle::dict({{"w", value}})}});
  return ZipBuilder().add("x/data.pkl", pickle::program(root)).add("x/data/k", storage).str();
}

std::string four() { return pickle::storage("FloatStorage", "k", 4); }

TEST(Pytorch, ReadsACheckpoint) {
  const Result<Pytorch> file = parse(sample());
  ASSERT_OK(file);
  EXPECT_EQ(file->name(), "t.pt");
  EXPECT_EQ(file->file(), nullptr);
  expect_sample(*file);
}

TEST(Pytorch, OpensAFileAndStaysValidWhenMoved) {
  const TempFolder folder;
  test::write_file(folder / "a.pt", sample());
  for (const auto mode : {Pytorch::Mode::kMap, Pytorch::Mode::kRead}) {
    Result<Pytorch> opened = Pytorch::open(folder / "a.pt", mode);
    ASSERT_OK(opened);
    const Pytorch file = std::move(*opened);
    ASSERT_NE(file.file(), nullptr);
    EXPECT_EQ(file.file()->path(), folder / "a.pt");
    expect_sample(file);
  }
}

TEST(Pytorch, DimensionsAreReadWithTheirRange) {
  const Result<Pytorch> file = parse(sample());
  ASSERT_OK(file);
  EXPECT_EQ(*file->dim("n_mels", 80, 128), 80);
  EXPECT_ERROR(file->dim("n_mels", 81, 128), ErrorCode::kCorruptFile,
               "t.pt: n_mels is 80, expected an integer from 81 to 128");
  EXPECT_ERROR(file->dim("n_layers", 1, 9), ErrorCode::kCorruptFile, "dims has no n_layers");
}

TEST(Pytorch, AViewIntoAStorageIsThatPartOfIt) {
  const Result<Pytorch> file = parse(with_value(pickle::tensor(four(), 1, {2}, {1})));
  ASSERT_OK(file);
  EXPECT_EQ(as_text(file->find("w")->data), "456789ab");
}

TEST(Pytorch, StridesOfSingleElementsMeanNothing) {
  EXPECT_TRUE(parse(with_value(pickle::tensor(four(), 0, {1, 2, 1, 2}, {9, 2, 7, 1}))).has_value());
}

TEST(Pytorch, AParameterIsItsTensor) {
  const std::string parameter =
      pickle::call(pickle::global("torch._utils", "_rebuild_parameter"),
                   {pickle::tensor(four(), 0, {4}, {1}), "\x88", pickle::ordered_dict()});
  const Result<Pytorch> file = parse(with_value(parameter));
  ASSERT_OK(file);
  EXPECT_EQ(as_text(file->find("w")->data), "0123456789abcdef");
}

TEST(Pytorch, ViewsThatAreNotContiguousAreUnsupported) {
  EXPECT_ERROR(parse(with_value(pickle::tensor(four(), 0, {2, 2}, {1, 2}))),
               ErrorCode::kUnsupported, "tensor \"w\" is a transposed or cut view");
  EXPECT_ERROR(parse(with_value(pickle::tensor(four(), 0, {2}, {2}))), ErrorCode::kUnsupported,
               "tensor \"w\" is a transposed or cut view");
  EXPECT_ERROR(parse(with_value(pickle::tensor(four(), 0, {4}, {0}))), ErrorCode::kUnsupported,
               "tensor \"w\" is a transposed or cut view");
}

TEST(Pytorch, TensorsThatGoPastTheirStorageAreRefused) {
  const std::uint64_t half = std::uint64_t{1} << 32;
  const std::pair<std::string, const char*> cases[] = {
      {pickle::tensor(four(), 0, {5}, {1}), "goes past the 4 elements"},
      {pickle::tensor(four(), 4, {1}, {1}), "goes past the 4 elements"},
      {pickle::tensor(four(), INT64_MAX, {1}, {1}), "goes past the 4 elements"},
      {pickle::tensor(four(), -1, {1}, {1}), "has no offset"},
      {pickle::tensor(four(), 0, {half, half, half}, {half, half, 1}), "goes past the 4 elements"},
      {pickle::tensor(four(), 0, {4}, {1, 1}), "with as many strides"},
      {pickle::tensor(four(), 0, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1}),
       "at most 8 dimensions"},
      {pickle::tensor(pickle::storage("FloatStorage", "k", 5), 0, {4}, {1}),
       "has 16 bytes in the archive, expected 5 elements of F32"},
      {pickle::tensor(pickle::storage("HalfStorage", "k", 4), 0, {4}, {1}),
       "has 16 bytes in the archive, expected 4 elements of F16"},
      {pickle::tensor(pickle::storage("FloatStorage", "k", -1), 0, {4}, {1}),
       "expected -1 elements of F32"},
      {pickle::tensor(pickle::storage("FloatStorage", "../k", 4), 0, {4}, {1}),
       "\"../k\" is not in the archive"},
      {pickle::tensor("N", 0, {4}, {1}), "the storage of tensor \"w\" is missing"},
      {pickle::tensor("NQ", 0, {4}, {1}), "has an id that is not"},
      {pickle::integer(3), "tensor \"w\" is not a tensor"},
      {four(), "tensor \"w\" is not a tensor"},
      {pickle::call(pickle::global("torch._utils", "_rebuild_parameter"), {}),
       "is a parameter of nothing"},
      {pickle::call(pickle::global("torch._utils", "_rebuild_tensor_v2"), {four()}),
       "tensor \"w\" is not a tensor"},
  };
  for (const auto& [value, message] : cases) {
    EXPECT_ERROR(parse(with_value(value)), ErrorCode::kCorruptFile, message);
  }
}

TEST(Pytorch, OtherTypesAndCallsAreNamedAndRefused) {
  EXPECT_ERROR(
      parse(with_value(pickle::tensor(pickle::storage("LongStorage", "k", 2), 0, {2}, {1}))),
      ErrorCode::kUnsupported, "t.pt: x/data.pkl: asks for \"torch.LongStorage\"");
  EXPECT_ERROR(
      parse(with_value(pickle::call(pickle::global("os", "system"), {pickle::text("ls")}))),
      ErrorCode::kUnsupported, "asks for \"os.system\"");
}

TEST(Pytorch, OtherCheckpointsAreUnsupported) {
  const auto archive = [](const std::string& root) {
    return ZipBuilder().add("x/data.pkl", pickle::program(root)).str();
  };
  EXPECT_ERROR(parse(archive(pickle::dict({{"model_state_dict", pickle::dict({})}}))),
               ErrorCode::kUnsupported, "has no dicts \"dims\" and \"model_state_dict\"");
  EXPECT_ERROR(parse(archive("K\1")), ErrorCode::kUnsupported, "has no dicts");
  EXPECT_ERROR(parse(ZipBuilder().add("word/document.xml", "<>").str()), ErrorCode::kUnsupported,
               "has no data.pkl");
  EXPECT_ERROR(parse(ZipBuilder().add("x/data.pkl", "N.").add("x/byteorder", "big").str()),
               ErrorCode::kUnsupported, "byteorder is \"big\"");
}

TEST(Pytorch, ATensorGivenTwiceIsRefused) {
  std::vector<SourceTensor> tensors = sample_tensors();
  tensors[1].name = "w";
  EXPECT_ERROR(parse(test::pytorch_file({}, tensors)), ErrorCode::kCorruptFile,
               "tensor \"w\" occurs twice");
}

TEST(Pytorch, CutAnywhereIsRefused) {
  const std::string text = sample();
  for (std::size_t size = 0; size < text.size(); size += 7) {
    ASSERT_FALSE(parse(text.substr(0, size)).has_value()) << size;
  }
}

TEST(Pytorch, DamageNeverGivesBytesOutsideTheFile) {
  const std::string text = sample();
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char flip : {'\x01', '\x10', '\xFF'}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const Result<Pytorch> file = parse(damaged);
      if (!file) {
        ASSERT_FALSE(file.error().message.empty());
        continue;
      }
      ++accepted;
      for (const TensorInfo& tensor : file->tensors()) {
        ASSERT_EQ(as_text(tensor.data).size(), tensor::byte_size(tensor.dtype, tensor.elements()));
      }
    }
  }
  EXPECT_GT(accepted, 0U) << "the numbers themselves may be anything";
}

}  // namespace
}  // namespace sotto::format
