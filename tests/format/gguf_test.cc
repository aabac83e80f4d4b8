#include "lib/format/gguf.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "tests/support/temp_folder.h"

namespace sotto::format {
namespace {

using tensor::Dtype;
using test::as_bytes;
using test::as_text;
using test::TempFolder;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

// Puts a file together field by field, so that each can lie. Independent of GgufWriter.
class Bytes {
 public:
  template <typename T>
  Bytes& num(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Bytes& u32(std::uint32_t value) { return num(value); }
  Bytes& u64(std::uint64_t value) { return num(value); }
  Bytes& raw(std::string_view bytes) {
    text_ += bytes;
    return *this;
  }
  Bytes& str(std::string_view s) { return u64(s.size()).raw(s); }
  Bytes& head(std::uint64_t tensors, std::uint64_t entries, std::uint32_t version = 3) {
    return raw("GGUF").u32(version).u64(tensors).u64(entries);
  }
  Bytes& tensor(std::string_view name, const std::vector<std::uint64_t>& dims, std::uint32_t type,
                std::uint64_t offset) {
    str(name).u32(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) u64(dim);
    return u32(type).u64(offset);
  }
  Bytes& pad(std::size_t alignment) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment);
    return *this;
  }
  const std::string& text() const { return text_; }
  Result<Gguf> parse() const { return Gguf::parse("t.gguf", as_bytes(text_)); }

 private:
  std::string text_;
};

enum : std::uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray };

GgufWriter::Fill filled(std::string contents) {
  return [contents = std::move(contents)](std::span<std::byte> to) -> Status {
    EXPECT_EQ(to.size(), contents.size());
    std::memcpy(to.data(), contents.data(), std::min(to.size(), contents.size()));
    return ok();
  };
}

GgufWriter sample() {
  GgufWriter writer;
  writer.add_string("general.architecture", "moonshine");
  writer.add_u32("moonshine.layers", 6);
  writer.add_f32("moonshine.eps", 1e-5F);
  writer.add_bool("moonshine.tied", true);
  const std::string proto("\x0a\x00\xff", 3);
  writer.add_bytes("tokenizer.proto", as_bytes(proto));
  writer.add_i32_array("suppress", {-1, 0, 2147483647});
  writer.add_string_array("languages", {"en", "", "yue"});
  writer.add_i32_array("none", {});
  writer.add_tensor("a", Dtype::kF32, {2, 3}, filled(std::string(24, 'a')));
  writer.add_tensor("b", Dtype::kF16, {5}, filled(std::string(10, 'b')));
  writer.add_tensor("one", Dtype::kF32, {}, filled("1111"));
  writer.add_tensor("q", Dtype::kQ8_0, {2, 1, 3, 32}, filled(std::string(204, 'q')));
  return writer;
}

std::string written(const GgufWriter& writer) {
  Result<std::vector<std::byte>> bytes = writer.write_to_memory();
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message;
    return {};
  }
  return as_text(*bytes);
}

void expect_sample(const Gguf& gguf) {
  EXPECT_EQ(gguf.version(), 3U);
  EXPECT_EQ(*gguf.string("general.architecture"), "moonshine");
  EXPECT_EQ(*gguf.u32("moonshine.layers"), 6U);
  EXPECT_EQ(*gguf.f32("moonshine.eps"), 1e-5F);
  EXPECT_EQ(*gguf.boolean("moonshine.tied"), true);
  EXPECT_EQ(as_text(*gguf.bytes("tokenizer.proto")), std::string("\x0a\x00\xff", 3));
  EXPECT_EQ(*gguf.i32_array("suppress"), (std::vector<std::int32_t>{-1, 0, 2147483647}));
  EXPECT_EQ(*gguf.string_array("languages"), (std::vector<std::string_view>{"en", "", "yue"}));
  EXPECT_TRUE(gguf.i32_array("none")->empty());
  EXPECT_TRUE(gguf.has("none"));
  EXPECT_FALSE(gguf.has("non"));

  ASSERT_EQ(gguf.tensors().size(), 4U);
  EXPECT_EQ(gguf.tensors()[0].name, "a");
  EXPECT_EQ(gguf.tensors()[3].name, "q");
  const TensorInfo* a = gguf.find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->dtype, Dtype::kF32);
  EXPECT_EQ(a->shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(a->elements(), 6U);
  EXPECT_EQ(as_text(a->data), std::string(24, 'a'));
  EXPECT_EQ(as_text(gguf.find("b")->data), std::string(10, 'b'));
  EXPECT_EQ(as_text(gguf.find("one")->data), "1111");
  EXPECT_EQ(gguf.find("one")->elements(), 1U);
  EXPECT_EQ(as_text(gguf.find("q")->data), std::string(204, 'q'));
  EXPECT_EQ(gguf.find("q")->shape, (std::vector<std::uint64_t>{2, 1, 3, 32}));
  EXPECT_EQ(gguf.find(""), nullptr);
  EXPECT_EQ(gguf.find("z"), nullptr);
}

TEST(Gguf, ReadsBackFromMemoryWhatTheWriterWrote) {
  const std::string text = written(sample());
  Result<Gguf> gguf = Gguf::parse("t.gguf", as_bytes(text));
  ASSERT_OK(gguf);
  EXPECT_EQ(gguf->name(), "t.gguf");
  expect_sample(*gguf);
}

TEST(Gguf, ReadsBackFromAFileMappedOrReadAndStaysValidWhenMoved) {
  const TempFolder folder;
  ASSERT_OK(sample().write(folder / "m.gguf"));
  EXPECT_EQ(folder.entries(), 1U);
  for (const auto mode : {base::MappedFile::Mode::kMap, base::MappedFile::Mode::kRead}) {
    Result<Gguf> opened = Gguf::open(folder / "m.gguf", mode);
    ASSERT_OK(opened);
    const TensorInfo* a = opened->find("a");
    const auto data = a->data;
    const Gguf gguf = std::move(*opened);
    EXPECT_EQ(gguf.find("a"), a);
    EXPECT_EQ(gguf.find("a")->data.data(), data.data());
    for (const TensorInfo& tensor : gguf.tensors()) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data.data()) % 32, 0U) << tensor.name;
    }
    gguf.drop_pages();
    expect_sample(gguf);
  }
}

// The layout as the specification has it, byte for byte.
TEST(Gguf, TheWriterWritesTheSpecifiedBytes) {
  GgufWriter writer;
  writer.add_u32("k", 7);
  writer.add_string_array("s", {"x"});
  writer.add_tensor("t", Dtype::kF16, {2, 3}, filled("abcdefghijkl"));
  writer.add_tensor("u", Dtype::kF32, {1}, filled("mnop"));
  Bytes want;
  want.head(2, 2).str("k").u32(kU32).u32(7);
  want.str("s").u32(kArray).u32(kString).u64(1).str("x");
  want.tensor("t", {3, 2}, 1, 0).tensor("u", {1}, 0, 32);
  want.pad(32).raw("abcdefghijkl").pad(32).raw("mnop");
  EXPECT_EQ(written(writer), want.text());
}

TEST(Gguf, VersionTwoIsRead) {
  Bytes file;
  Result<Gguf> gguf = file.head(0, 1, 2).str("k").u32(kU32).u32(7).parse();
  ASSERT_OK(gguf);
  EXPECT_EQ(*gguf->u32("k"), 7U);
  EXPECT_EQ(gguf->version(), 2U);
}

TEST(Gguf, AFileWithoutMetadataAndTensorsIsEmpty) {
  Result<Gguf> gguf = Bytes().head(0, 0).parse();
  ASSERT_OK(gguf);
  EXPECT_TRUE(gguf->tensors().empty());
  EXPECT_TRUE(gguf->describe().empty());
}

TEST(Gguf, AlignmentIsTakenFromTheMetadata) {
  Bytes file;
  file.head(2, 1).str("general.alignment").u32(kU32).u32(64);
  file.tensor("a", {1}, 0, 0).tensor("b", {1}, 0, 64).pad(64).raw("aaaa").pad(64).raw("bbbb");
  Result<Gguf> gguf = file.parse();
  ASSERT_OK(gguf);
  EXPECT_EQ(as_text(gguf->find("a")->data), "aaaa");
  EXPECT_EQ(as_text(gguf->find("b")->data), "bbbb");
}

// Metadata of every type.
Bytes every_type() {
  Bytes file;
  file.head(0, 15);
  file.str("u8").u32(0).num(std::uint8_t{200});
  file.str("i8").u32(1).num(std::int8_t{-3});
  file.str("u16").u32(2).num(std::uint16_t{65535});
  file.str("i16").u32(3).num(std::int16_t{-4});
  file.str("u32").u32(4).u32(5);
  file.str("i32").u32(5).num(std::int32_t{-6});
  file.str("f32").u32(6).num(0.1F);
  file.str("yes").u32(7).num(std::uint8_t{1});
  file.str("s").u32(8).str(std::string(70, 'x') + "\n");
  file.str("u64").u32(10).u64(kHuge);
  file.str("i64").u32(11).num(std::int64_t{-7});
  file.str("f64").u32(12).num(0.5);
  file.str("is").u32(9).u32(5).u64(5).u32(1).u32(2).u32(3).u32(4).u32(5);
  file.str("ss").u32(9).u32(8).u64(2).str("a").str("\x1b");
  file.str("none").u32(9).u32(6).u64(0);
  return file;
}

TEST(Gguf, DescribesEveryTypeForPeople) {
  const Bytes file = every_type();
  Result<Gguf> gguf = file.parse();
  ASSERT_OK(gguf);
  std::string all;
  for (const auto& row : gguf->describe()) {
    all += std::string(row.key) + " " + row.type + " " + row.value + "\n";
  }
  EXPECT_EQ(all,
            "u8 u8 200\ni8 i8 -3\nu16 u16 65535\ni16 i16 -4\nu32 u32 5\ni32 i32 -6\n"
            "f32 f32 0.1\nyes bool true\ns string \"" +
                std::string(64, 'x') +
                "...\"\n"
                "u64 u64 18446744073709551615\ni64 i64 -7\nf64 f64 0.5\n"
                "is i32[5] 1, 2, 3, 4, ...\nss string[2] \"a\", \"\\x1b\"\nnone f32[0] \n");
}

TEST(Gguf, IsRecognisedByHowItBegins) {
  EXPECT_TRUE(Gguf::recognises(as_bytes("GGUF")));
  EXPECT_TRUE(Gguf::recognises(as_bytes("GGUF and more")));
  for (const char* text : {"", "GGU", "GGML", "gguf", " GGUF"}) {
    EXPECT_FALSE(Gguf::recognises(as_bytes(text))) << text;
  }
}

TEST(Gguf, AFileThatIsNotThereIsAnErrorThatNamesIt) {
  const TempFolder folder;
  EXPECT_ERROR(Gguf::open(folder / "absent.gguf"), ErrorCode::kIo, "absent.gguf");
  EXPECT_ERROR(Gguf::open(folder.path()), ErrorCode::kIo, "is a folder");
}

TEST(Gguf, MetadataOfAnotherTypeOrMissingIsAnErrorWithBothTypes) {
  const std::string text = written(sample());
  Result<Gguf> gguf = Gguf::parse("t.gguf", as_bytes(text));
  ASSERT_OK(gguf);
  const ErrorCode code = ErrorCode::kCorruptFile;
  EXPECT_ERROR(gguf->u32("nope"), code, "t.gguf: has no metadata \"nope\", expected u32");
  EXPECT_ERROR(gguf->bytes("nope"), code, "expected array of u8");
  EXPECT_ERROR(gguf->u32("moonshine.eps"), code, "\"moonshine.eps\" is f32, expected u32");
  EXPECT_ERROR(gguf->f32("moonshine.tied"), code, "is bool, expected f32");
  EXPECT_ERROR(gguf->boolean("moonshine.layers"), code, "is u32, expected bool");
  EXPECT_ERROR(gguf->string("languages"), code, "is array of string, expected string");
  EXPECT_ERROR(gguf->bytes("suppress"), code, "is array of i32, expected array of u8");
  EXPECT_ERROR(gguf->i32_array("languages"), code, "is array of string, expected array of i32");
  EXPECT_ERROR(gguf->string_array("general.architecture"), code, "is string, expected array of");
}

TEST(Gguf, CutAtAnyByteIsTruncatedAndSaysSo) {
  const std::string text = written(sample());
  for (std::size_t size = 0; size < text.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    const std::vector<char> cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    SCOPED_TRACE(size);
    EXPECT_ERROR(Gguf::parse("t.gguf", std::as_bytes(std::span(cut))), ErrorCode::kCorruptFile,
                 "t.gguf: truncated: ");
  }
}

TEST(Gguf, ALargeFileCutAnywhereIsTruncatedAndSaysSo) {
  GgufWriter writer;
  writer.add_string_array("tokens", std::vector<std::string>(3000, "some token"));
  writer.add_i32_array("types", std::vector<std::int32_t>(3000, 1));
  for (int i = 0; i < 40; ++i) {
    writer.add_tensor("tensor." + std::to_string(i), Dtype::kF16, {16, 64},
                      filled(std::string(2048, 'x')));
  }
  const std::string text = written(writer);
  ASSERT_GT(text.size(), 100'000U);
  for (std::size_t size = 0; size < text.size(); size += 1000) {
    const std::vector<char> cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    SCOPED_TRACE(size);
    EXPECT_ERROR(Gguf::parse("t.gguf", std::as_bytes(std::span(cut))), ErrorCode::kCorruptFile,
                 "truncated");
  }
}

// Any single byte may be wrong: an error or another valid file, never a crash.
TEST(Gguf, AnyByteMayBeAnyOther) {
  const std::string text = written(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      Result<Gguf> gguf = Gguf::parse("t.gguf", as_bytes(damaged));
      if (!gguf) continue;
      for (const auto& row : gguf->describe()) {
        (void)gguf->string_array(row.key);
        (void)gguf->i32_array(row.key);
      }
      for (const TensorInfo& tensor : gguf->tensors()) {
        EXPECT_EQ(tensor.data.size(), tensor::byte_size(tensor.dtype, tensor.elements()));
      }
    }
  }
}

TEST(Gguf, WrongMarksAndVersionsAreNamed) {
  EXPECT_ERROR(Bytes().raw("lmgg").u32(1).parse(), ErrorCode::kCorruptFile,
               "not a GGUF file: starts with \"lmgg\", expected \"GGUF\"");
  EXPECT_ERROR(Bytes().head(0, 0, 1).parse(), ErrorCode::kUnsupported,
               "version is 1, expected 2 or 3");
  EXPECT_ERROR(Bytes().head(0, 0, 4).parse(), ErrorCode::kUnsupported, "version is 4");
  EXPECT_ERROR(Bytes().head(0, 0, 0).parse(), ErrorCode::kUnsupported, "version is 0");
  EXPECT_ERROR(Bytes().head(0, 0, 0x03000000).parse(), ErrorCode::kUnsupported, "big-endian");
}

TEST(Gguf, CountsBeyondTheFileAreTruncatedBeforeAnythingIsAllocated) {
  const ErrorCode code = ErrorCode::kCorruptFile;
  EXPECT_ERROR(Bytes().head(0, kHuge).parse(), code, "truncated: a list of 18446744073709551615");
  EXPECT_ERROR(Bytes().head(kHuge, 0).parse(), code, "truncated: a list of 18446744073709551615");
  EXPECT_ERROR(Bytes().head(1, 0).parse(), code, "truncated: a list of 1 tensors");
  for (const std::uint64_t count : {kHuge, kHuge / 4, kHuge / 8 + 1, std::uint64_t{3}}) {
    for (const std::uint32_t type : {kU8, kU16, kI32, kString}) {
      SCOPED_TRACE(testing::Message() << type << " " << count);
      EXPECT_ERROR(Bytes().head(0, 1).str("k").u32(kArray).u32(type).u64(count).raw("xy").parse(),
                   code, "truncated: the value of \"k\"");
    }
  }
  EXPECT_ERROR(Bytes().head(0, 1).str("k").u32(kString).u64(kHuge).raw("x").parse(), code,
               "truncated: string 0 of \"k\"");
  EXPECT_ERROR(Bytes().head(0, 1).u64(kHuge).raw("xxxxxxxxx").parse(), code,
               "key of metadata entry 0 has 18446744073709551615 bytes, expected 1 to 65535");
  EXPECT_ERROR(Bytes().head(0, 1).u64(60000).raw("xxxxxxxxx").parse(), code,
               "truncated: the key of metadata entry 0");
}

TEST(Gguf, EmptyAndOverlongNamesAreRefused) {
  const ErrorCode code = ErrorCode::kCorruptFile;
  EXPECT_ERROR(Bytes().head(0, 1).str("").u32(kU32).u32(1).raw("xx").parse(), code, "has 0 bytes");
  EXPECT_ERROR(Bytes().head(0, 1).str(std::string(65536, 'k')).u32(kU32).u32(1).parse(), code,
               "has 65536 bytes");
  EXPECT_ERROR(Bytes().head(1, 0).tensor("", {1}, 0, 0).pad(32).raw("xxxx").parse(), code,
               "name of tensor 0 has 0 bytes, expected 1 to 256");
  EXPECT_ERROR(
      Bytes().head(1, 0).tensor(std::string(257, 't'), {1}, 0, 0).pad(32).raw("xxxx").parse(), code,
      "has 257 bytes");
  EXPECT_TRUE(Bytes()
                  .head(1, 1)
                  .str(std::string(65535, 'k'))
                  .u32(kU32)
                  .u32(1)
                  .tensor(std::string(256, 't'), {1}, 0, 0)
                  .pad(32)
                  .raw("xxxx")
                  .parse()
                  .has_value());
}

TEST(Gguf, UnknownAndNestedMetadataTypesAreRefused) {
  const std::string filler(40, '\0');
  EXPECT_ERROR(Bytes().head(0, 1).str("k").u32(13).raw(filler).parse(), ErrorCode::kCorruptFile,
               "\"k\" has the unknown type 13");
  EXPECT_ERROR(Bytes().head(0, 1).str("k").u32(kArray).u32(99).u64(1).raw(filler).parse(),
               ErrorCode::kCorruptFile, "array of the unknown type 99");
  EXPECT_ERROR(Bytes().head(0, 1).str("k").u32(kArray).u32(kArray).u64(1).raw(filler).parse(),
               ErrorCode::kUnsupported, "\"k\" is an array of arrays");
  EXPECT_ERROR(Bytes().head(0, 1).str("k").u32(kBool).num(std::uint8_t{2}).parse(),
               ErrorCode::kCorruptFile, "\"k\" is a bool of value 2, expected 0 or 1");
}

TEST(Gguf, NamesThatOccurTwiceAreRefused) {
  Bytes keys;
  keys.head(0, 3).str("k").u32(kU32).u32(1).str("j").u32(kU32).u32(1).str("k").u32(kF32).u32(1);
  EXPECT_ERROR(keys.parse(), ErrorCode::kCorruptFile, "metadata key \"k\" occurs twice");
  Bytes tensors;
  tensors.head(3, 0).tensor("w", {1}, 0, 0).tensor("v", {1}, 0, 32).tensor("w", {1}, 0, 64);
  tensors.pad(32).raw(std::string(96, 'x'));
  EXPECT_ERROR(tensors.parse(), ErrorCode::kCorruptFile, "tensor \"w\" occurs twice");
}

TEST(Gguf, BadAlignmentIsRefused) {
  for (const std::uint32_t alignment : {0U, 1U, 4U, 12U, 33U, UINT32_MAX}) {
    SCOPED_TRACE(alignment);
    EXPECT_ERROR(Bytes().head(0, 1).str("general.alignment").u32(kU32).u32(alignment).parse(),
                 ErrorCode::kCorruptFile,
                 "general.alignment is " + std::to_string(alignment) +
                     ", expected a power of two of at least 8");
  }
  EXPECT_ERROR(Bytes().head(0, 1).str("general.alignment").u32(kF32).u32(32).parse(),
               ErrorCode::kCorruptFile, "\"general.alignment\" is f32, expected u32");
  Bytes huge;
  huge.head(1, 1).str("general.alignment").u32(kU32).u32(1U << 31).tensor("w", {1}, 0, 0);
  EXPECT_ERROR(huge.pad(32).raw("xxxx").parse(), ErrorCode::kCorruptFile, "truncated");
  EXPECT_ERROR(
      Bytes().head(1, 0).tensor("w", {1}, 0, 16).pad(32).raw("xxxxxxxxxxxxxxxxxxxx").parse(),
      ErrorCode::kCorruptFile, "tensor \"w\" has the offset 16, expected a multiple of 32");
}

TEST(Gguf, TensorsOutsideTheFileAreTruncated) {
  const std::string data(64, 'x');
  for (const std::uint64_t offset :
       {std::uint64_t{64}, std::uint64_t{96}, kHuge / 32 * 32, (kHuge / 2 + 1)}) {
    SCOPED_TRACE(offset);
    EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {1}, 0, offset).pad(32).raw(data).parse(),
                 ErrorCode::kCorruptFile, "truncated: tensor \"w\" has 4 bytes at offset");
  }
  EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {17}, 0, 0).pad(32).raw(data).parse(),
               ErrorCode::kCorruptFile, "truncated: tensor \"w\" has 68 bytes at offset 0");
  // The end of this one is 32 again.
  EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {16}, 0, kHuge / 32 * 32).pad(32).raw(data).parse(),
               ErrorCode::kCorruptFile, "truncated: tensor \"w\" has 64 bytes at offset");
  EXPECT_TRUE(Bytes().head(1, 0).tensor("w", {16}, 0, 0).pad(32).raw(data).parse().has_value());
}

TEST(Gguf, ShapesThatDoNotFitAreRefused) {
  const ErrorCode code = ErrorCode::kCorruptFile;
  const std::uint64_t k32 = std::uint64_t{1} << 32;
  for (const auto& dims : {std::vector<std::uint64_t>{k32, k32},
                           {kHuge, kHuge, kHuge, kHuge},
                           {kHuge},
                           {1, k32, 1, k32},
                           {kHuge / 4 + 1}}) {
    EXPECT_ERROR(Bytes().head(1, 0).tensor("w", dims, 0, 0).pad(32).raw("xxxx").parse(), code,
                 "tensor \"w\" has a size that does not fit in 64 bits");
  }
  EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {4, 0}, 0, 0).pad(32).raw("xxxx").parse(), code,
               "has a dimension of 0");
  EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {1, 1, 1, 1, 1}, 0, 0).pad(32).raw("xxxx").parse(),
               code, "has 5 dimensions, expected at most 4");
  EXPECT_ERROR(Bytes().head(1, 0).str("w").u32(UINT32_MAX).raw(std::string(40, 'x')).parse(), code,
               "has 4294967295 dimensions");
  // 2 x 16 is one block of Q8_0, but no row is.
  EXPECT_ERROR(
      Bytes().head(1, 0).tensor("w", {16, 2}, 8, 0).pad(32).raw(std::string(34, 'x')).parse(), code,
      "tensor \"w\" has rows of 16 values, expected a multiple of 32 for Q8_0");
  EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {}, 8, 0).pad(32).raw(std::string(34, 'x')).parse(),
               code, "rows of 1 values");
}

TEST(Gguf, UnknownTensorTypesAreNamedByNumber) {
  for (const std::uint32_t type : {4U, 31U, 99U, static_cast<std::uint32_t>(Dtype::kU8)}) {
    SCOPED_TRACE(type);
    EXPECT_ERROR(Bytes().head(1, 0).tensor("w", {1}, type, 0).pad(32).raw("xxxx").parse(),
                 ErrorCode::kUnsupported, "\"w\" has type " + std::to_string(type) + ", which");
  }
}

TEST(Gguf, HostileNamesAreEscapedInMessages) {
  EXPECT_ERROR(Bytes().head(0, 1).str("\x1b[2Jk").u32(77).raw("xxxx").parse(),
               ErrorCode::kCorruptFile, "\"\\x1b[2Jk\" has the unknown type 77");
}

void expect_refused(const GgufWriter& writer, std::string_view message) {
  EXPECT_ERROR(writer.write_to_memory(), ErrorCode::kInvalidArgument, message);
  const TempFolder folder;
  EXPECT_ERROR(writer.write(folder / "w.gguf"), ErrorCode::kInvalidArgument, message);
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(GgufWriter, CopiesMetadataOfEveryTypeByteForByte) {
  const Bytes file = every_type();
  const Result<Gguf> from = file.parse();
  ASSERT_OK(from);
  GgufWriter writer;
  for (const Gguf::Encoded& entry : from->encoded()) writer.add_encoded(entry);
  EXPECT_EQ(written(writer), file.text());
}

TEST(GgufWriter, ACopiedKeyCountsAsOneOfItsOwn) {
  const Bytes file = every_type();
  const Result<Gguf> from = file.parse();
  ASSERT_OK(from);
  GgufWriter writer;
  writer.add_u32("u32", 1);
  for (const Gguf::Encoded& entry : from->encoded()) writer.add_encoded(entry);
  EXPECT_ERROR(writer.write_to_memory(), ErrorCode::kInvalidArgument, "\"u32\" occurs twice");
}

TEST(GgufWriter, RefusesWhatAReaderWould) {
  const auto with = [](auto add) {
    GgufWriter writer;
    add(writer);
    return writer;
  };
  const auto one = filled("xxxx");
  expect_refused(with([](auto& w) { w.add_u32("", 1); }), "has 0 bytes");
  expect_refused(with([](auto& w) { w.add_u32(std::string(65536, 'k'), 1); }), "has 65536 bytes");
  expect_refused(with([](auto& w) { w.add_u32("general.alignment", 64); }), "not for callers");
  expect_refused(with([](auto& w) {
                   w.add_u32("k", 1);
                   w.add_bool("k", true);
                 }),
                 "metadata key \"k\" occurs twice");
  expect_refused(with([&](auto& w) { w.add_tensor("", Dtype::kF32, {1}, one); }), "has 0 bytes");
  expect_refused(with([&](auto& w) {
                   w.add_tensor("t", Dtype::kF32, {1}, one);
                   w.add_tensor("t", Dtype::kF32, {1}, one);
                 }),
                 "tensor \"t\" occurs twice");
  expect_refused(with([&](auto& w) {
                   w.add_tensor("t", Dtype::kF32, {1, 1, 1, 1, 1}, one);
                 }),
                 "has 5 dimensions");
  expect_refused(with([&](auto& w) {
                   w.add_tensor("t", Dtype::kF32, {1, 0}, one);
                 }),
                 "dimension of 0");
  expect_refused(with([&](auto& w) {
                   w.add_tensor("t", Dtype::kF32, {kHuge, 2}, one);
                 }),
                 "does not fit");
  expect_refused(with([&](auto& w) {
                   w.add_tensor("t", Dtype::kQ4_0, {2, 16}, one);
                 }),
                 "rows of 16 values");
  expect_refused(with([&](auto& w) { w.add_tensor("t", Dtype::kU8, {1}, one); }), "is U8, which");
  expect_refused(with([&](auto& w) {
                   w.add_tensor("t", Dtype::kI8, {kHuge - 40}, one);
                   w.add_tensor("u", Dtype::kI8, {64}, one);
                 }),
                 "do not fit in 64 bits");
}

TEST(GgufWriter, AFillThatFailsLeavesTheTarget) {
  const TempFolder folder;
  test::write_file(folder / "w.gguf", "old");
  GgufWriter writer;
  writer.add_tensor("a", Dtype::kF32, {1}, filled("xxxx"));
  writer.add_tensor("b", Dtype::kF32, {1}, [](std::span<std::byte>) -> Status {
    return Error{ErrorCode::kCorruptFile, "source is damaged"};
  });
  EXPECT_ERROR(writer.write(folder / "w.gguf"), ErrorCode::kCorruptFile, "source is damaged");
  EXPECT_EQ(test::read_file(folder / "w.gguf"), "old");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(GgufWriter, FillsOneTensorAfterTheOtherInAZeroedBuffer) {
  GgufWriter writer;
  std::string order;
  for (const char c : {'a', 'b', 'c'}) {
    writer.add_tensor(std::string(1, c), Dtype::kF32, {2}, [&order, c](std::span<std::byte> to) {
      for (const std::byte b : to) EXPECT_EQ(b, std::byte{0});
      order += c;
      to[0] = std::byte{0xFF};
      return ok();
    });
  }
  EXPECT_FALSE(written(writer).empty());
  EXPECT_EQ(order, "abc");
}

}  // namespace
}  // namespace sotto::format
