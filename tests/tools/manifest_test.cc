#include "tools/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/temp_folder.h"

namespace sotto::tools {
namespace {

using test::TempFolder;
using test::write_file;

Result<std::vector<Clip>> parse(std::string_view contents) {
  return parse_manifest(contents, "clips.tsv", "/sounds");
}

TEST(Manifest, FindsItsColumnsByNameAndPassesOverOthers) {
  const auto clips = parse("lang\ttext\tseconds\tpath\nen\tHello there.\t1.5\ta/b.wav\n");
  ASSERT_OK(clips);
  ASSERT_EQ(clips->size(), 1U);
  EXPECT_EQ((*clips)[0].path, "a/b.wav");
  EXPECT_EQ((*clips)[0].file, "/sounds/a/b.wav");
  EXPECT_EQ((*clips)[0].text, "Hello there.");
}

TEST(Manifest, AbsolutePathsStayThemselves) {
  const auto clips = parse("path\ttext\n/else/where.wav\thi\n");
  ASSERT_OK(clips);
  EXPECT_EQ((*clips)[0].file, "/else/where.wav");
}

TEST(Manifest, TakesCrLfAByteOrderMarkEmptyLinesAndNoEndOfTheLastLine) {
  const auto clips = parse("\xEF\xBB\xBFpath\ttext\r\n1.wav\tone\r\n\r\n2.wav\ttwo");
  ASSERT_OK(clips);
  ASSERT_EQ(clips->size(), 2U);
  EXPECT_EQ((*clips)[0].text, "one");
  EXPECT_EQ((*clips)[1].text, "two");
}

TEST(Manifest, QuotesAndBackslashesAreText) {
  const auto clips = parse("path\ttext\n\"a b\".wav\t\"no\\tend\n");
  ASSERT_OK(clips);
  EXPECT_EQ((*clips)[0].path, "\"a b\".wav");
  EXPECT_EQ((*clips)[0].text, "\"no\\tend");
}

TEST(Manifest, TextMayBeEmpty) {
  const auto clips = parse("path\ttext\nsilence.wav\t\n");
  ASSERT_OK(clips);
  EXPECT_EQ((*clips)[0].text, "");
}

TEST(Manifest, RefusesAHeaderWithoutItsColumns) {
  EXPECT_ERROR(parse(""), ErrorCode::kCorruptFile,
               "clips.tsv:1: none of the 1 columns is named \"path\"");
  EXPECT_ERROR(parse("path\tTEXT\na\tb\n"), ErrorCode::kCorruptFile,
               "none of the 2 columns is named \"text\"");
  EXPECT_ERROR(parse("text\tpath\ttext\na\tb\tc\n"), ErrorCode::kCorruptFile,
               "two columns are named \"text\"");
}

TEST(Manifest, RefusesALineOfAnotherLengthThanTheHeader) {
  EXPECT_ERROR(parse("path\ttext\na.wav\tx\nb.wav\n"), ErrorCode::kCorruptFile,
               "clips.tsv:3: 1 columns, expected 2 as in line 1");
  EXPECT_ERROR(parse("path\ttext\na.wav\tx\ty\n"), ErrorCode::kCorruptFile,
               "clips.tsv:2: 3 columns");
}

TEST(Manifest, RefusesPathsThatAreNone) {
  EXPECT_ERROR(parse("path\ttext\n\tx\n"), ErrorCode::kCorruptFile, ":2: the path is empty");
  for (const char control : {'\0', '\r', '\x1B', '\x7F'}) {
    const std::string line = std::string("path\ttext\na") + control + ".wav\tx\n";
    EXPECT_ERROR(parse(line), ErrorCode::kCorruptFile, ":2: the path holds a control character");
  }
  EXPECT_TRUE(
      parse("path\ttext\nstra\xC3\x9F"
            "e.wav\tx\n"));
}

TEST(Manifest, RefusesAListWithoutClips) {
  EXPECT_ERROR(parse("path\ttext"), ErrorCode::kCorruptFile, "clips.tsv: no clips");
  EXPECT_ERROR(parse("path\ttext\r\n\r\n\n"), ErrorCode::kCorruptFile, "clips.tsv: no clips");
}

TEST(Manifest, BoundsColumnsAndClips) {
  EXPECT_ERROR(parse("path\ttext" + std::string(1000, '\t')), ErrorCode::kCorruptFile,
               "clips.tsv:1: 1002 columns, expected at most 1000");
  std::string many = "path\ttext\n";
  for (std::size_t i = 0; i < kMaxClips; ++i) many += "a\t\n";
  EXPECT_TRUE(parse(many));
  EXPECT_ERROR(parse(many + "a\t\n"), ErrorCode::kCorruptFile,
               "clips.tsv:1000002: more than 1000000 clips");
}

TEST(Manifest, PathsInAFileAreFromItsFolder) {
  const TempFolder folder;
  write_file(folder / "list.tsv", "path\ttext\na.wav\tx\n");
  const auto clips = read_manifest(folder / "list.tsv");
  ASSERT_OK(clips);
  EXPECT_EQ((*clips)[0].file, folder / "a.wav");
}

TEST(Manifest, NamesAFileThatCannotBeRead) {
  const TempFolder folder;
  EXPECT_ERROR(read_manifest(folder / "none.tsv"), ErrorCode::kIo, "none.tsv: cannot be opened");
  EXPECT_ERROR(read_manifest(folder.path()), ErrorCode::kIo, "cannot be read");
}

TEST(Manifest, ReadsNoMoreThanItsBound) {
  if (!std::filesystem::exists("/dev/zero")) GTEST_SKIP() << "no /dev/zero";
  EXPECT_ERROR(read_manifest("/dev/zero"), ErrorCode::kCorruptFile,
               "/dev/zero: longer than 67108864 bytes");
}

}  // namespace
}  // namespace sotto::tools
