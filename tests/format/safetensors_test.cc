#include "lib/format/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace sotto::format {
namespace {

using tensor::Dtype;
using test::as_bytes;
using test::as_text;
using test::TempFolder;
using test::write_file;

std::string with_length(std::uint64_t length, std::string_view rest) {
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + std::string(rest);
}

std::string file_of(std::string_view header, std::string_view data) {
  return with_length(header.size(), std::string(header) + std::string(data));
}

// A name, its fields, no more: for files of one tensor.
std::string one(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return R"({"w":{"dtype":")" + std::string(dtype) + R"(","shape":)" + std::string(shape) +
         R"(,"data_offsets":)" + std::string(offsets) + "}}";
}

constexpr std::string_view kHeader =
    R"({"__metadata__":{"format":"pt"},)"
    R"("b":{"dtype":"F16","shape":[2,3],"data_offsets":[8,20]},)"
    R"("a":{"shape":[2],"data_offsets":[0,8],"dtype":"F32"},)"
    R"("none":{"dtype":"I64","shape":[0,7],"data_offsets":[8,8]},)"
    R"("one":{"dtype":"BF16","shape":[],"data_offsets":[20,22]}}   )";
constexpr std::string_view kData = "aaaaaaaabbbbbbbbbbbboo";

void expect_refused(std::string_view bytes, std::string_view message) {
  // A copy of its own, so that a sanitizer sees a read past the end.
  const std::vector<char> copy(bytes.begin(), bytes.end());
  EXPECT_ERROR(Safetensors::parse("t.st", std::as_bytes(std::span(copy))), ErrorCode::kCorruptFile,
               message);
}

void expect_sample(const Safetensors& file) {
  ASSERT_EQ(file.tensors().size(), 4U);
  EXPECT_EQ(file.tensors()[0].name, "b");
  EXPECT_EQ(file.find("b")->shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(file.find("b")->dtype, Dtype::kF16);
  EXPECT_EQ(as_text(file.find("b")->data), "bbbbbbbbbbbb");
  EXPECT_EQ(as_text(file.find("a")->data), "aaaaaaaa");
  EXPECT_EQ(as_text(file.find("one")->data), "oo");
  EXPECT_EQ(file.find("one")->elements(), 1U);
  EXPECT_TRUE(file.find("none")->data.empty());
  EXPECT_EQ(file.find("none")->elements(), 0U);
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_EQ(file.find("__metadata__"), nullptr);
}

TEST(Safetensors, ReadsAFile) {
  const std::string text = file_of(kHeader, kData);
  Result<Safetensors> file = Safetensors::parse("t.st", as_bytes(text));
  ASSERT_OK(file);
  EXPECT_EQ(file->name(), "t.st");
  expect_sample(*file);
}

TEST(Safetensors, OpensAFileInBothModesAndStaysValidWhenMoved) {
  const TempFolder folder;
  write_file(folder / "model.safetensors", file_of(kHeader, kData));
  for (const auto mode : {Safetensors::Mode::kMap, Safetensors::Mode::kRead}) {
    Result<Safetensors> opened = Safetensors::open_folder(folder.path(), mode);
    ASSERT_OK(opened);
    EXPECT_EQ(opened->name(), (folder / "model.safetensors").string());
    const Safetensors file = std::move(*opened);
    file.drop_pages();
    expect_sample(file);
  }
}

TEST(Safetensors, AFileWithoutTensorsIsEmpty) {
  const std::string text = file_of("{}", "");
  Result<Safetensors> file = Safetensors::parse("t.st", as_bytes(text));
  ASSERT_OK(file);
  EXPECT_TRUE(file->tensors().empty());
}

TEST(Safetensors, TypesThatDoNotConvertAreListed) {
  const std::pair<const char*, int> types[] = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"I32", 4},     {"U32", 4},
      {"I64", 8},  {"U64", 8}, {"F64", 8}, {"F16", 2}, {"F32", 4}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
  for (const auto& [name, size] : types) {
    const auto bytes = static_cast<std::size_t>(3 * size);
    const std::string text =
        file_of(one(name, "[3]", "[0," + std::to_string(bytes) + "]"), std::string(bytes, 'x'));
    Result<Safetensors> file = Safetensors::parse("t.st", as_bytes(text));
    ASSERT_OK(file);
    EXPECT_EQ(tensor::name(file->find("w")->dtype), name);
  }
  expect_refused(file_of(one("F4", "[2]", "[0,1]"), "x"),
                 "tensor \"w\" has the unknown type \"F4\"");
  expect_refused(file_of(one("Q8_0", "[32]", "[0,34]"), std::string(34, 'x')),
                 "has the unknown type \"Q8_0\"");
}

TEST(Safetensors, CutAtAnyByteIsTruncatedAndSaysSo) {
  const std::string text = file_of(kHeader, kData);
  for (std::size_t size = 0; size < text.size(); ++size) {
    SCOPED_TRACE(size);
    expect_refused(std::string_view(text).substr(0, size), "t.st: truncated: ");
  }
}

TEST(Safetensors, AnyByteMayBeAnyOther) {
  const std::string text = file_of(kHeader, kData);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x02, 0x10, 0x80, 0xFF}) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      Result<Safetensors> file = Safetensors::parse("t.st", as_bytes(damaged));
      if (!file) continue;
      for (const TensorInfo& tensor : file->tensors()) {
        EXPECT_EQ(tensor.data.size(), tensor::byte_size(tensor.dtype, tensor.elements()));
      }
    }
  }
}

TEST(Safetensors, HeaderLengthsThatLieAreRefused) {
  expect_refused(with_length(UINT64_MAX, "{}"), "not a safetensors file: a header of 184467440737");
  expect_refused(with_length(100'000'001, "{}"), "expected at most 100000000");
  expect_refused(with_length(100'000'000, "{}"), "truncated: the header of 100000000 bytes");
  expect_refused(with_length(0, "{}"), "does not start with {");
  expect_refused(with_length(1, "{}"), "not valid JSON at byte");
}

TEST(Safetensors, TextThatIsNotThisJsonIsRefused) {
  const std::pair<std::string, const char*> cases[] = {
      {"[]", "does not start with {"},
      {" {}", "does not start with {"},
      {"{} x", "not valid JSON at byte"},
      {"{},", "not valid JSON"},
      {"{\"w\"}", "not valid JSON"},
      {"{/* */}", "not valid JSON"},
      {"{\"\xff\":1}", "not valid JSON"},
      {std::string("{}\0\0", 4), "not valid JSON: a zero byte at byte 2"},
      {R"({"w":1})", "tensor \"w\" has a number out of place"},
      {R"({"w":null})", "tensor \"w\" has null out of place"},
      {R"({"w":[]})", "tensor \"w\" has an array out of place"},
      {R"({"w":"x"})", "tensor \"w\" has a string out of place"},
      {R"({"w":{}})", "tensor \"w\" lacks one of dtype, shape and data_offsets"},
      {R"({"w":{"dtype":"F32","shape":[1]}})", "lacks one of"},
      {R"({"w":{"dtype":1}})", "dtype of tensor \"w\" has a number out of place"},
      {R"({"w":{"dtype":{}}})", "dtype of tensor \"w\" has an object out of place"},
      {R"({"w":{"dtype":"F32","dtype":"F32"}})", "dtype of tensor \"w\" occurs twice"},
      {R"({"w":{"shape":[1],"shape":[1]}})", "shape of tensor \"w\" occurs twice"},
      {R"({"w":{"data_offsets":[0,4],"data_offsets":[0,4]}})", "occurs twice"},
      {R"({"w":{"shape":4}})", "shape of tensor \"w\" has a number out of place"},
      {R"({"w":{"shape":[[1]]}})", "shape of tensor \"w\" has an array out of place"},
      {R"({"w":{"shape":[-1]}})", "has a negative number out of place"},
      {R"({"w":{"shape":[1.0]}})", "has a number that is no integer of 64 bits out of place"},
      {R"({"w":{"shape":[18446744073709551616]}})", "no integer of 64 bits"},
      {R"({"w":{"shape":[1e999]}})", "not valid JSON"},
      {R"({"w":{"shape":["1"]}})", "has a string out of place"},
      {R"({"w":{"shape":[true]}})", "has a bool out of place"},
      {R"({"w":{"shape":[1,1,1,1,1,1,1,1,1]}})", "has more than 8 dimensions"},
      {R"({"w":{"data_offsets":[0]}})", "data_offsets of tensor \"w\" has 1 numbers, expected 2"},
      {R"({"w":{"data_offsets":[]}})", "has 0 numbers, expected 2"},
      {R"({"w":{"data_offsets":[0,4,8]}})", "has a number out of place"},
      {R"({"w":{"strides":[1]}})", "tensor \"w\" has the unknown key \"strides\""},
      {R"({"":{}})", "has 0 bytes, expected 1 to 256"},
      {R"({")" + std::string(257, 'n') + R"(":{}})", "has 257 bytes"},
      {R"({"__metadata__":1})", "\"__metadata__\" has a number out of place"},
      {R"({"__metadata__":{"a":1}})", "\"__metadata__\" has a number out of place"},
      {R"({"__metadata__":{"a":{}}})", "\"__metadata__\" has an object out of place"},
      {R"({"__metadata__":{},"__metadata__":{}})", "\"__metadata__\" occurs twice"},
  };
  for (const auto& [header, message] : cases) {
    SCOPED_TRACE(header);
    expect_refused(file_of(header, "xxxx"), message);
  }
}

TEST(Safetensors, DeepNestingIsRefusedWithoutRecursion) {
  const std::string deep(1'000'000, '[');
  expect_refused(file_of("{\"w\":{\"shape\":" + deep, ""), "has an array out of place");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"w\":";
  expect_refused(file_of(objects, ""), "tensor \"w\" has the unknown key \"w\"");
}

TEST(Safetensors, NamesThatOccurTwiceAreRefused) {
  expect_refused(file_of(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                         R"("\u0077":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                         "xx"),
                 "tensor \"w\" occurs twice");
}

TEST(Safetensors, OffsetsMustFitTheShapeAndCoverTheDataOnce) {
  const std::string four(4, 'x');
  expect_refused(
      file_of(one("F32", "[1]", "[0,8]"), four + four),
      "tensor \"w\" has the data_offsets 0 to 8, expected 4 bytes for its shape and type");
  expect_refused(file_of(one("F32", "[1]", "[4,0]"), four), "expected 4 bytes");
  expect_refused(file_of(one("F32", "[1]", "[18446744073709551612,0]"), four), "expected 4 bytes");
  expect_refused(file_of(one("F32", "[1]", "[18446744073709551608,18446744073709551612]"), four),
                 "begins at offset 18446744073709551608, expected 0");
  expect_refused(file_of(one("F32", "[1]", "[4,8]"), four + four),
                 "tensor \"w\" begins at offset 4, expected 0");
  expect_refused(file_of(one("F32", "[1]", "[0,4]"), "xxx"),
                 "truncated: tensor \"w\" ends at offset 4, the data at 3");
  expect_refused(file_of(one("F32", "[1]", "[0,4]"), four + "x"),
                 "the tensors have 4 bytes, the data has 5");
  expect_refused(file_of("{}", "x"), "the tensors have 0 bytes, the data has 1");
  for (const char* shape : {"[18446744073709551615]", "[4294967296,4294967296]",
                            "[0,4294967296,4294967296]", "[4611686018427387904]"}) {
    expect_refused(file_of(one("F32", shape, "[0,0]"), ""), "does not fit in 64 bits");
  }
  const auto two = [](const char* a, const char* b) {
    return std::string(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  expect_refused(file_of(two("[0,4]", "[0,4]"), four),
                 "tensor \"b\" begins at offset 0, expected 4");
  expect_refused(file_of(two("[0,4]", "[2,6]"), "xxxxxx"), "begins at offset 2, expected 4");
  expect_refused(file_of(two("[0,4]", "[6,10]"), "xxxxxxxxxx"), "begins at offset 6, expected 4");
}

class Sharded : public testing::Test {
 protected:
  void write_index(std::string_view weight_map) {
    write_file(folder_ / "model.safetensors.index.json",
               R"({"metadata":{"total_size":12,"x":[[1.5,null,true,-1,"s"]]},"weight_map":)" +
                   std::string(weight_map) + "}");
  }
  void refuse_index(std::string_view text, std::string_view message,
                    ErrorCode code = ErrorCode::kCorruptFile) {
    write_file(folder_ / "model.safetensors.index.json", text);
    EXPECT_ERROR(Safetensors::open_folder(folder_.path()), code, message);
  }
  void SetUp() override {
    write_file(folder_ / "one", file_of(one("F32", "[1]", "[0,4]"), "wwww"));
    write_file(folder_ / "two", file_of(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                        R"("u":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}})",
                                        "vvuuu"));
  }
  TempFolder folder_;
};

TEST_F(Sharded, TensorsComeFromTheirShards) {
  write_index(R"({"u":"two","w":"one","v":"two"})");
  for (const auto mode : {Safetensors::Mode::kMap, Safetensors::Mode::kRead}) {
    Result<Safetensors> file = Safetensors::open_folder(folder_.path(), mode);
    ASSERT_OK(file);
    const Safetensors moved = std::move(*file);
    ASSERT_EQ(moved.tensors().size(), 3U);
    EXPECT_EQ(moved.tensors()[0].name, "u");
    moved.drop_pages();
    EXPECT_EQ(as_text(moved.find("w")->data), "wwww");
    EXPECT_EQ(as_text(moved.find("v")->data), "vv");
    EXPECT_EQ(as_text(moved.find("u")->data), "uuu");
  }
  EXPECT_TRUE(Safetensors::open(folder_ / "model.safetensors.index.json").has_value());
}

TEST_F(Sharded, AnIndexThatListsPartOfAShardGivesThatPart) {
  write_index(R"({"u":"two"})");
  Result<Safetensors> file = Safetensors::open_folder(folder_.path());
  ASSERT_OK(file);
  EXPECT_EQ(file->tensors().size(), 1U);
  EXPECT_EQ(file->find("v"), nullptr);
}

TEST_F(Sharded, ASingleFileWinsOverAnIndex) {
  write_index(R"({"u":"two"})");
  write_file(folder_ / "model.safetensors", file_of(kHeader, kData));
  Result<Safetensors> file = Safetensors::open_folder(folder_.path());
  ASSERT_OK(file);
  expect_sample(*file);
}

TEST_F(Sharded, AShardOutsideTheFolderIsRefused) {
  for (const char* name :
       {"../one", "/etc/passwd", "a/one", "a\\\\one", "..", ".", "", "C:one", "one\\u0000"}) {
    SCOPED_TRACE(name);
    refuse_index(std::string(R"({"weight_map":{"w":")") + name + "\"}}",
                 "expected the name of a file in the same folder");
  }
}

TEST_F(Sharded, AnIndexThatLiesIsRefused) {
  refuse_index(R"({"weight_map":{"w":"three"}})", "three: cannot open", ErrorCode::kIo);
  refuse_index(R"({"weight_map":{"v":"one"}})", "one: has no tensor \"v\"");
  refuse_index(R"({"weight_map":{"w":"one","w":"one"}})", "tensor \"w\" occurs twice");
  refuse_index(R"({"weight_map":{},"weight_map":{}})", "\"weight_map\" occurs twice");
  refuse_index(R"({"weight_map":[]})", "\"weight_map\" has an array out of place");
  refuse_index(R"({"weight_map":1})", "\"weight_map\" has a number out of place");
  refuse_index(R"({"weight_map":"one"})", "\"weight_map\" has a string out of place");
  refuse_index(R"({"weight_map":{"w":1}})", "\"weight_map\" has a number out of place");
  refuse_index(R"({"weight_map":{"w":{}}})", "\"weight_map\" has an object out of place");
  refuse_index(R"({"weight_map":{"":"one"}})", "has 0 bytes");
  refuse_index(R"({"metadata":{}})", "the index has no \"weight_map\"");
  refuse_index("{}", "the index has no \"weight_map\"");
  refuse_index("", "does not start with {");
  refuse_index(R"({"weight_map":{"w":"one"}} x)", "not valid JSON");
  refuse_index("{\"metadata\":" + std::string(1'000'000, '['), "nested deeper than 16");
  write_file(folder_ / "one", "damaged");
  refuse_index(R"({"weight_map":{"w":"one"}})", "one: truncated");
}

TEST(Safetensors, AFolderWithoutAModelIsAnErrorThatNamesBothFiles) {
  const TempFolder folder;
  EXPECT_ERROR(Safetensors::open_folder(folder.path()), ErrorCode::kIo,
               "has neither model.safetensors nor model.safetensors.index.json");
  EXPECT_ERROR(Safetensors::open(folder / "absent"), ErrorCode::kIo, "absent");
}

TEST(Safetensors, ReadsATrainedMoonshine) {
  const std::string model = "models/moonshine-digits/hf/model.safetensors";
  SOTTO_NEEDS_SHARED(model);
  Result<Safetensors> file = Safetensors::open_folder((test::shared_root() / model).parent_path());
  ASSERT_OK(file);
  EXPECT_EQ(file->tensors().size(), 80U);
  const TensorInfo* embedding = file->find("model.decoder.embed_tokens.weight");
  ASSERT_NE(embedding, nullptr);
  EXPECT_EQ(embedding->dtype, Dtype::kF16);
  EXPECT_EQ(embedding->shape, (std::vector<std::uint64_t>{320, 128}));
  // Weights of a trained network are finite and of no great size.
  for (const TensorInfo& tensor : file->tensors()) {
    std::vector<float> values(tensor.elements());
    tensor::to_f32(tensor.dtype, tensor.data.data(), values.size(), values.data());
    for (const float value : values) ASSERT_LT(std::abs(value), 100.0F) << tensor.name;
  }
}

}  // namespace
}  // namespace sotto::format
