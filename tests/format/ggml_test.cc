#include "lib/format/ggml.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/model_files.h"
#include "tests/support/temp_folder.h"

namespace sotto::format {
namespace {

using tensor::Dtype;
using test::as_text;
using test::SourceTensor;
using test::TempFolder;
using test::with_number;

const test::Numbers kDims = {{"n_vocab", 51864}, {"n_audio_ctx", 1500}, {"n_mels", 80}};

std::vector<SourceTensor> sample_tensors() {
  return {{"w", Dtype::kF32, {2, 3}, std::string(24, 'w')},
          {"h", Dtype::kF16, {4, 1}, "aabbccdd"},
          {"q", Dtype::kQ8_0, {2, 32}, std::string(68, 'q')},
          {"k", Dtype::kQ4_K, {1, 256}, std::string(144, 'k')}};
}

std::string sample() { return test::ggml_file(kDims, {"a", "", "bc"}, sample_tensors()); }

// Where things are in sample().
constexpr std::size_t kFilters = 4 + 11 * 4;
constexpr std::size_t kVocabulary = kFilters + 8 + 24;
constexpr std::size_t kTensor = kVocabulary + 4 + 3 * 4 + 3;  // the first, of rank 2

Result<Ggml> parse(const std::string& text) {
  static std::vector<char> copy;  // of its own, so that a sanitizer sees a read past the end
  copy.assign(text.begin(), text.end());
  return Ggml::parse("t.bin", std::as_bytes(std::span(copy)));
}

void expect_corrupt(const std::string& text, const char* message) {
  EXPECT_ERROR(parse(text), ErrorCode::kCorruptFile, message);
}

void expect_sample(const Ggml& file) {
  EXPECT_EQ(*file.dim("n_vocab", 1, 1 << 20), 51864);
  EXPECT_EQ(*file.dim("n_mels", 80, 80), 80);
  EXPECT_EQ(file.filters().bands, 2U);
  EXPECT_EQ(file.filters().bins, 3U);
  EXPECT_EQ(file.filters().data.size(), 24U);
  ASSERT_EQ(file.vocabulary().size(), 3U);
  EXPECT_EQ(file.vocabulary()[0], "a");
  EXPECT_EQ(file.vocabulary()[1], "");
  EXPECT_EQ(file.vocabulary()[2], "bc");
  ASSERT_EQ(file.tensors().size(), 4U);
  EXPECT_EQ(file.find("w")->shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(file.find("h")->dtype, Dtype::kF16);
  EXPECT_EQ(as_text(file.find("h")->data), "aabbccdd");
  EXPECT_EQ(file.find("q")->dtype, Dtype::kQ8_0);
  EXPECT_EQ(as_text(file.find("k")->data), std::string(144, 'k'));
  EXPECT_EQ(file.find("x"), nullptr);
}

TEST(Ggml, ReadsAFile) {
  const std::string text = sample();
  EXPECT_TRUE(Ggml::recognises(test::as_bytes(text)));
  EXPECT_FALSE(Ggml::recognises(test::as_bytes("GGUF")));
  EXPECT_FALSE(Ggml::recognises(test::as_bytes("lmg")));
  const Result<Ggml> file = parse(text);
  ASSERT_OK(file);
  EXPECT_EQ(file->file(), nullptr);
  expect_sample(*file);
}

TEST(Ggml, OpensAFileAndStaysValidWhenMoved) {
  const TempFolder folder;
  test::write_file(folder / "a.bin", sample());
  for (const auto mode : {Ggml::Mode::kMap, Ggml::Mode::kRead}) {
    Result<Ggml> opened = Ggml::open(folder / "a.bin", mode);
    ASSERT_OK(opened);
    const Ggml file = std::move(*opened);
    ASSERT_NE(file.file(), nullptr);
    EXPECT_EQ(file.file()->path(), folder / "a.bin");
    expect_sample(file);
  }
}

TEST(Ggml, DimensionsAreReadWithTheirRange) {
  const Result<Ggml> file = parse(sample());
  ASSERT_OK(file);
  EXPECT_ERROR(file->dim("n_vocab", 1, 100), ErrorCode::kCorruptFile,
               "t.bin: n_vocab is 51864, expected an integer from 1 to 100");
  EXPECT_ERROR(file->dim("n_text_layer", 1, 100), ErrorCode::kCorruptFile, "n_text_layer is 0");
}

TEST(Ggml, CutAnywhereButBetweenTensorsIsTruncated) {
  const std::string text = sample();
  std::size_t whole = 0;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<Ggml> file = parse(text.substr(0, size));
    if (file) {
      ++whole;
    } else {
      EXPECT_NE(file.error().message.find("t.bin: truncated: "), std::string::npos) << size;
    }
  }
  EXPECT_EQ(whole, 4U) << "before each tensor; who needs one that is missing says so";
}

TEST(Ggml, LiesOfTheHeaderAreRefused) {
  const std::string text = sample();
  expect_corrupt("GGUF" + text.substr(4), "not a ggml file");
  expect_corrupt(with_number(text, kFilters, std::int32_t{-1}), "the mel filters are [-1, 3]");
  expect_corrupt(with_number(text, kFilters, INT32_MAX), "truncated: the mel filters");
  expect_corrupt(with_number(with_number(text, kFilters, INT32_MAX), kFilters + 4, INT32_MAX),
                 "truncated: the mel filters");
  expect_corrupt(with_number(text, kVocabulary, std::int32_t{-5}), "the number of tokens is -5");
  expect_corrupt(with_number(text, kVocabulary, INT32_MAX), "truncated: a list of 2147483647");
  expect_corrupt(with_number(text, kVocabulary + 4, UINT32_MAX), "truncated: token 0");
}

TEST(Ggml, LiesOfATensorAreRefused) {
  const std::string text = sample();
  expect_corrupt(with_number(text, kTensor, std::int32_t{0}), "tensor 0 has 0 dimensions");
  expect_corrupt(with_number(text, kTensor, std::int32_t{5}), "tensor 0 has 5 dimensions");
  expect_corrupt(with_number(text, kTensor, std::int32_t{-1}), "tensor 0 has -1 dimensions");
  expect_corrupt(with_number(text, kTensor + 4, std::int32_t{0}), "the name of tensor 0 has 0");
  expect_corrupt(with_number(text, kTensor + 4, std::int32_t{257}), "the name of tensor 0 has 257");
  expect_corrupt(with_number(text, kTensor + 4, std::int32_t{-1}), "the name of tensor 0 has -1");
  EXPECT_ERROR(parse(with_number(text, kTensor + 8, std::int32_t{4})), ErrorCode::kUnsupported,
               "tensor \"w\" has the unknown type 4");
  expect_corrupt(with_number(text, kTensor + 8, std::int32_t{8}),
                 "tensor \"w\" has rows of 3 values, expected a multiple of 32 for Q8_0");
  expect_corrupt(with_number(text, kTensor + 12, std::int32_t{0}), "has a dimension of 0");
  expect_corrupt(with_number(text, kTensor + 12, std::int32_t{-1}), "truncated: the data");
}

TEST(Ggml, ATensorGivenTwiceIsRefused) {
  std::vector<SourceTensor> tensors = sample_tensors();
  tensors[1].name = "w";
  expect_corrupt(test::ggml_file(kDims, {}, tensors), "tensor \"w\" occurs twice");
}

TEST(Ggml, DamageNeverGivesBytesOutsideTheFile) {
  const std::string text = sample();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xFF'}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const Result<Ggml> file = parse(damaged);
      if (!file) continue;
      for (const std::string_view token : file->vocabulary()) ASSERT_LE(token.size(), text.size());
      for (const TensorInfo& tensor : file->tensors()) {
        ASSERT_EQ(as_text(tensor.data).size(), tensor::byte_size(tensor.dtype, tensor.elements()));
      }
    }
  }
}

}  // namespace
}  // namespace sotto::format
