#include "tools/pending_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temp_folder.h"

namespace sotto::tools {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t count(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(PendingFile, HasItsNameOnlyWhenItIsCommitted) {
  const test::TempFolder folder;
  const fs::path target = folder.path() / "a.txt";
  {
    Result<PendingFile> file = PendingFile::write(target, "one\n");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_FALSE(fs::exists(target));
    ASSERT_TRUE(file->commit(false));
    EXPECT_EQ(contents(target), "one\n");
  }
  EXPECT_EQ(count(folder.path()), 1U);
}

TEST(PendingFile, LeavesNothingWhenItIsNot) {
  const test::TempFolder folder;
  {
    Result<PendingFile> file = PendingFile::write(folder.path() / "a.txt", "one\n");
    ASSERT_TRUE(file);
    const PendingFile moved = *std::move(file);
    EXPECT_EQ(count(folder.path()), 1U);
  }
  EXPECT_EQ(count(folder.path()), 0U);
}

TEST(PendingFile, ReplacesOnlyWhenToldSo) {
  const test::TempFolder folder;
  const fs::path target = folder.path() / "a.txt";
  Result<PendingFile> file = PendingFile::write(target, "new");
  ASSERT_TRUE(file);
  std::ofstream(target) << "came meanwhile";
  const Status refused = file->commit(false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, exists_already(target).message);
  EXPECT_EQ(contents(target), "came meanwhile");
  ASSERT_TRUE(file->commit(true));
  EXPECT_EQ(contents(target), "new");
}

TEST(PendingFile, FollowsALinkAndReplacesNoFolder) {
  const test::TempFolder folder;
  const fs::path target = folder.path() / "a.txt";
  std::ofstream(folder.path() / "real.txt") << "old";
  fs::create_symlink(folder.path() / "real.txt", target);
  Result<PendingFile> file = PendingFile::write(target, "new");
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->commit(true));
  EXPECT_TRUE(fs::is_symlink(target));
  EXPECT_EQ(contents(folder.path() / "real.txt"), "new");

  fs::create_directory(folder.path() / "b.txt");
  Result<PendingFile> over = PendingFile::write(folder.path() / "b.txt", "new");
  ASSERT_TRUE(over);
  EXPECT_FALSE(over->commit(true));
}

TEST(PendingFile, OfNoFolderIsAnErrorThatNamesIt) {
  const test::TempFolder folder;
  const fs::path target = folder.path() / "none/a.txt";
  const Result<PendingFile> file = PendingFile::write(target, "x");
  ASSERT_FALSE(file);
  EXPECT_TRUE(file.error().message.starts_with(target.string() + ": cannot write: "));
}

}  // namespace
}  // namespace sotto::tools
