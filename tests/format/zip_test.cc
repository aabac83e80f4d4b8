#include "lib/format/zip.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/temp_folder.h"
#include "tests/support/zip_builder.h"

namespace sotto::format {
namespace {

using test::as_text;
using test::number;
using test::with_number;
using test::ZipBuilder;

// Offsets in an entry of the list, and from the end of the file without a comment.
constexpr std::size_t kFlags = 8, kMethod = 10, kPacked = 20, kSize = 24, kHeader = 42, kName = 46;
constexpr std::size_t kEnd = 22;

Result<Zip> parse(const std::string& text) {
  // A copy of its own, so that a sanitizer sees a read past the end. What is found points into it.
  static std::vector<char> copy;
  copy.assign(text.begin(), text.end());
  return Zip::parse("t.zip", std::as_bytes(std::span(copy)));
}

void expect_corrupt(const std::string& text, const char* message) {
  EXPECT_ERROR(parse(text), ErrorCode::kCorruptFile, message);
}

class Archive : public testing::TestWithParam<bool> {
 protected:
  Archive() : zip(GetParam()) { zip.add("a/one", "first").add("a/two", "").add("b", "third!"); }
  ZipBuilder zip;
};
INSTANTIATE_TEST_SUITE_P(Zip, Archive, testing::Bool(),
                         [](const auto& each) { return each.param ? "zip64" : "zip32"; });

TEST_P(Archive, EntriesHaveTheirContents) {
  for (const std::string comment : {"", "a comment", "PK\5\6 looks like an end, but is not one"}) {
    const Result<Zip> read = parse(zip.str(comment));
    ASSERT_OK(read);
    ASSERT_EQ(read->entries().size(), 3U);
    EXPECT_EQ(read->entries()[0].name, "a/one");
    EXPECT_EQ(as_text(read->find("a/one")->data), "first");
    EXPECT_TRUE(read->find("a/two")->data.empty());
    EXPECT_EQ(as_text(read->find("b")->data), "third!");
    EXPECT_EQ(read->find("a"), nullptr);
  }
}

TEST_P(Archive, CutAnywhereIsRefused) {
  const std::string text = zip.str();
  for (std::size_t size = 0; size < text.size(); ++size) {
    ASSERT_FALSE(parse(text.substr(0, size)).has_value()) << size;
  }
}

TEST_P(Archive, DamageNeverGivesBytesOutsideTheFile) {
  const std::string text = zip.str();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xFF'}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const Result<Zip> read = parse(damaged);
      if (!read) continue;
      std::size_t sum = 0;
      for (const ZipEntry& entry : read->entries()) sum += as_text(entry.data).size();
      ASSERT_LE(sum, text.size());
    }
  }
}

TEST(Zip, RecognisesItsFirstBytes) {
  const std::string text = ZipBuilder().add("a", "b").str();
  EXPECT_TRUE(Zip::recognises(test::as_bytes(text)));
  EXPECT_FALSE(Zip::recognises(test::as_bytes("PK")));
  EXPECT_FALSE(Zip::recognises(test::as_bytes("lmgg....")));
}

TEST(Zip, CompressedAndEncryptedEntriesAreUnsupported) {
  ZipBuilder zip;
  zip.add("name", "data");
  const std::size_t list = zip.list();
  EXPECT_ERROR(parse(with_number(zip.str(), list + kMethod, std::uint16_t{8})),
               ErrorCode::kUnsupported, "entry \"name\" is compressed by method 8");
  EXPECT_ERROR(parse(with_number(zip.str(), list + kFlags, std::uint16_t{1})),
               ErrorCode::kUnsupported, "entry \"name\" is encrypted");
}

TEST(Zip, OneDiskOfSeveralIsUnsupported) {
  const std::string text = ZipBuilder().add("a", "b").str();
  EXPECT_ERROR(parse(with_number(text, text.size() - kEnd + 4, std::uint16_t{1})),
               ErrorCode::kUnsupported, "one disk of several");
}

TEST(Zip, LiesOfTheListAreRefused) {
  ZipBuilder zip;
  zip.add("one", "111111").add("two", "222222");
  const std::string text = zip.str();
  const std::size_t list = zip.list();
  const std::size_t second = list + kName + 3;
  expect_corrupt(with_number(text, list, std::uint32_t{0}), "does not begin with its mark");
  expect_corrupt(with_number(text, list + kSize, std::uint32_t{7}), "has 7 bytes, stored as 6");
  expect_corrupt(with_number(with_number(text, list + kSize, std::uint32_t{700}), list + kPacked,
                             std::uint32_t{700}),
                 "past the list of entries");
  expect_corrupt(with_number(with_number(text, list + kSize, std::uint32_t{70}), list + kPacked,
                             std::uint32_t{70}),
                 "overlaps the one before it");
  expect_corrupt(with_number(text, list + kHeader, static_cast<std::uint32_t>(list)),
                 "is not before the list");
  expect_corrupt(with_number(text, list + kHeader, std::uint32_t{1}), "there is no entry \"one\"");
  expect_corrupt(with_number(text, second + kHeader, std::uint32_t{0}),
                 "there is no entry \"two\" at byte 0");
  std::string same = text;
  same.replace(same.rfind("two"), 3, "one");
  expect_corrupt(same, "there is no entry \"one\"");
  same.replace(same.find("two"), 3, "one");
  expect_corrupt(same, "entry \"one\" occurs twice");
}

TEST(Zip, LiesOfTheEndAreRefused) {
  const std::string text = ZipBuilder().add("one", "111111").str();
  const std::size_t end = text.size() - kEnd;
  expect_corrupt(with_number(text, end + 10, std::uint16_t{9}), "cannot hold 9 entries");
  expect_corrupt(with_number(text, end + 12, std::uint32_t{900}), "goes past byte");
  expect_corrupt(with_number(text, end + 16, std::uint32_t{900}), "goes past byte");
  expect_corrupt(with_number(text, end + 20, std::uint16_t{1}), "truncated, or no zip archive");
}

TEST(Zip, LiesOfTheZip64EndAreRefused) {
  ZipBuilder zip(true);
  zip.add("one", "111111");
  const std::string text = zip.str();
  const std::size_t locator = text.size() - kEnd - 20;
  const std::size_t end64 = locator - 56;
  expect_corrupt(with_number(text, locator + 8, std::uint64_t{end64} + 1), "goes past its locator");
  expect_corrupt(with_number(text, locator + 8, ~std::uint64_t{0}), "goes past its locator");
  expect_corrupt(with_number(text, locator + 8, std::uint64_t{0}), "there is no zip64 end");
  expect_corrupt(with_number(text, end64 + 32, ~std::uint64_t{0}), "cannot hold");
  expect_corrupt(with_number(text, end64 + 48, ~std::uint64_t{0}), "goes past byte");
  // The sizes of the only entry.
  const std::size_t wide = zip.list() + kName + 3 + 4;
  expect_corrupt(
      with_number(with_number(text, wide, ~std::uint64_t{0}), wide + 8, ~std::uint64_t{0}),
      "past the list of entries");
  expect_corrupt(with_number(text, wide - 2, std::uint16_t{8}), "lacks its sizes of 64 bits");
}

}  // namespace
}  // namespace sotto::format
