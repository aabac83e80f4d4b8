#include "lib/base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <utility>

#include "tests/support/temp_folder.h"

namespace sotto::base {
namespace {

using test::as_bytes;
using test::as_text;
using test::read_file;
using test::TempFolder;
using test::write_file;
using Mode = MappedFile::Mode;

class EachMode : public testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(File, EachMode, testing::Values(Mode::kMap, Mode::kRead),
                         [](const auto& each) {
                           return each.param == Mode::kMap ? "map" : "read";
                         });

TEST_P(EachMode, GivesTheBytesOfTheFileAligned) {
  const TempFolder folder;
  const std::string contents(100'003, 'x');
  write_file(folder / "a", contents);
  Result<MappedFile> file = MappedFile::open(folder / "a", GetParam());
  ASSERT_OK(file);
  EXPECT_EQ(as_text(file->bytes()), contents);
  EXPECT_EQ(file->path(), folder / "a");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file->bytes().data()) % 64, 0U);
}

TEST_P(EachMode, AnEmptyFileHasNoBytes) {
  const TempFolder folder;
  write_file(folder / "empty", "");
  Result<MappedFile> file = MappedFile::open(folder / "empty", GetParam());
  ASSERT_OK(file);
  EXPECT_TRUE(file->bytes().empty());
  file->drop(0, 1);
}

TEST_P(EachMode, BytesStayWhereTheyAreWhenTheObjectMoves) {
  const TempFolder folder;
  write_file(folder / "a", "hello");
  Result<MappedFile> first = MappedFile::open(folder / "a", GetParam());
  ASSERT_OK(first);
  const auto* data = first->bytes().data();
  MappedFile second = std::move(*first);
  EXPECT_EQ(second.bytes().data(), data);
  EXPECT_TRUE(first->bytes().empty());  // NOLINT: what a moved-from file says is part of the test
  write_file(folder / "b", "other");
  Result<MappedFile> third = MappedFile::open(folder / "b", GetParam());
  ASSERT_OK(third);
  *third = std::move(second);
  EXPECT_EQ(as_text(third->bytes()), "hello");
}

TEST_P(EachMode, BytesAreTheSameAfterDrop) {
  const TempFolder folder;
  std::string contents;
  for (int i = 0; i < 50'000; ++i) contents += static_cast<char>('a' + i % 23);
  write_file(folder / "a", contents);
  Result<MappedFile> file = MappedFile::open(folder / "a", GetParam());
  ASSERT_OK(file);
  for (const auto& [offset, size] : {std::pair<std::size_t, std::size_t>{0, 50'000},
                                     {1, 3},
                                     {5'000, 20'000},
                                     {49'999, SIZE_MAX},
                                     {50'000, 1},
                                     {SIZE_MAX, SIZE_MAX},
                                     {0, SIZE_MAX}}) {
    file->drop(offset, size);
    EXPECT_EQ(as_text(file->bytes()), contents) << offset << " " << size;
  }
}

TEST_P(EachMode, WhatIsNotAReadableFileIsAnErrorThatNamesIt) {
  const TempFolder folder;
  EXPECT_ERROR(MappedFile::open(folder / "absent", GetParam()), ErrorCode::kIo, "absent");
  EXPECT_ERROR(MappedFile::open(folder.path(), GetParam()), ErrorCode::kIo, "is a folder");
  EXPECT_ERROR(MappedFile::open("", GetParam()), ErrorCode::kIo, "cannot open");
  EXPECT_ERROR(MappedFile::open("/dev/null", GetParam()), ErrorCode::kIo, "not a regular file");
  write_file(folder / "file", "x");
  EXPECT_ERROR(MappedFile::open(folder / "file" / "below", GetParam()), ErrorCode::kIo,
               "cannot open");
}

TEST_P(EachMode, ANamedPipeIsRefusedWithoutWaiting) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(MappedFile::open(folder / "pipe", GetParam()), ErrorCode::kIo, "not a regular file");
}

TEST(OutputFile, AppearsWithCommit) {
  const TempFolder folder;
  {
    Result<OutputFile> file = OutputFile::create(folder / "a");
    ASSERT_OK(file);
    ASSERT_OK(file->write(as_bytes("one ")));
    ASSERT_OK(file->write({}));
    ASSERT_OK(file->write(as_bytes("two")));
    EXPECT_FALSE(std::filesystem::exists(folder / "a"));
    ASSERT_OK(file->commit());
    EXPECT_EQ(read_file(folder / "a"), "one two");
  }
  EXPECT_EQ(read_file(folder / "a"), "one two");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(OutputFile, LeavesNothingBehindWithoutCommit) {
  const TempFolder folder;
  write_file(folder / "a", "old");
  {
    Result<OutputFile> file = OutputFile::create(folder / "a");
    ASSERT_OK(file);
    ASSERT_OK(file->write(as_bytes("new")));
    EXPECT_EQ(folder.entries(), 2U);
    EXPECT_EQ(read_file(folder / "a"), "old");
  }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(OutputFile, ReplacesTheTargetInOneStep) {
  const TempFolder folder;
  write_file(folder / "a", "old and longer");
  Result<MappedFile> before = MappedFile::open(folder / "a");
  ASSERT_OK(before);
  Result<OutputFile> file = OutputFile::create(folder / "a");
  ASSERT_OK(file);
  ASSERT_OK(file->write(as_bytes("new")));
  ASSERT_OK(file->commit());
  EXPECT_EQ(read_file(folder / "a"), "new");
  EXPECT_EQ(as_text(before->bytes()), "old and longer");  // who had it open keeps the old one
}

TEST(OutputFile, FollowsASymbolicLink) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "deep");
  write_file(folder / "deep" / "real", "old");
  std::filesystem::create_symlink("deep/real", folder / "link");
  Result<OutputFile> file = OutputFile::create(folder / "link");
  ASSERT_OK(file);
  ASSERT_OK(file->write(as_bytes("new")));
  ASSERT_OK(file->commit());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "deep" / "real"), "new");
}

TEST(OutputFile, TwoAtATimeDoNotMeet) {
  const TempFolder folder;
  Result<OutputFile> a = OutputFile::create(folder / "same");
  Result<OutputFile> b = OutputFile::create(folder / "same");
  ASSERT_OK(a);
  ASSERT_OK(b);
  ASSERT_OK(a->write(as_bytes("a")));
  ASSERT_OK(b->write(as_bytes("b")));
  ASSERT_OK(b->commit());
  ASSERT_OK(a->commit());
  EXPECT_EQ(read_file(folder / "same"), "a");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(OutputFile, MovesKeepTheFileOpenOnce) {
  const TempFolder folder;
  Result<OutputFile> a = OutputFile::create(folder / "a");
  Result<OutputFile> b = OutputFile::create(folder / "b");
  ASSERT_OK(a);
  ASSERT_OK(b);
  *b = std::move(*a);  // what b wrote so far is gone
  EXPECT_EQ(folder.entries(), 1U);
  ASSERT_OK(b->write(as_bytes("x")));
  ASSERT_OK(b->commit());
  EXPECT_EQ(read_file(folder / "a"), "x");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(OutputFile, ATargetThatCannotBeWrittenIsAnErrorAtCreate) {
  const TempFolder folder;
  EXPECT_ERROR(OutputFile::create(folder / "absent" / "a"), ErrorCode::kIo, "absent");
  EXPECT_ERROR(OutputFile::create(folder.path()), ErrorCode::kIo, "is a folder");
  EXPECT_ERROR(OutputFile::create("/dev/null"), ErrorCode::kIo, "not a regular file");
  EXPECT_ERROR(OutputFile::create(""), ErrorCode::kIo, "cannot write");
  EXPECT_ERROR(OutputFile::create(folder / "absent/"), ErrorCode::kIo, "cannot write");
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(OutputFile, CannotBeUsedAfterCommit) {
  const TempFolder folder;
  Result<OutputFile> file = OutputFile::create(folder / "a");
  ASSERT_OK(file);
  ASSERT_OK(file->commit());
  EXPECT_ERROR(file->write(as_bytes("x")), ErrorCode::kIo, "no longer open");
  EXPECT_ERROR(file->commit(), ErrorCode::kIo, "no longer open");
  EXPECT_EQ(read_file(folder / "a"), "");
}

TEST(OutputFile, ACommitThatCannotRenameLeavesNothing) {
  const TempFolder folder;
  Result<OutputFile> file = OutputFile::create(folder / "a");
  ASSERT_OK(file);
  std::filesystem::create_directory(folder / "a");
  write_file(folder / "a" / "inside", "kept");
  EXPECT_ERROR(file->commit(), ErrorCode::kIo, "cannot write");
  EXPECT_EQ(folder.entries(), 1U);
  EXPECT_EQ(read_file(folder / "a" / "inside"), "kept");
}

// A limit on the size of files fails a write as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(OutputFile, AFailedWriteLeavesTheTargetAndNothingElse) {
  const TempFolder folder;
  write_file(folder / "a", "old");
  Result<OutputFile> file = OutputFile::create(folder / "a");
  ASSERT_OK(file);
  {
    const FileSizeLimit limit(1000);
    ASSERT_OK(file->write(as_bytes(std::string(900, 'x'))));
    EXPECT_ERROR(file->write(as_bytes(std::string(900, 'x'))), ErrorCode::kIo, "cannot write");
  }
  EXPECT_ERROR(file->write(as_bytes("x")), ErrorCode::kIo, "no longer open");
  EXPECT_ERROR(file->commit(), ErrorCode::kIo, "no longer open");
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), 1U);
}

}  // namespace
}  // namespace sotto::base
