#include "tools/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace sotto::tools {
namespace {

std::size_t files_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator begin(folder);
  return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

TEST(WholeFile, IsReadBackAsWritten) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder.path() / "a.svg";
  const std::string contents = std::string("a\0b\n", 4) + std::string(200'000, 'x');
  ASSERT_TRUE(write_whole(file, contents));
  EXPECT_EQ(read_whole(file.string(), 1'000'000).operator*(), contents);
  ASSERT_TRUE(write_whole(file, "new"));
  EXPECT_EQ(read_whole(file.string(), 3).operator*(), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WholeFile, HasTheRightsThatAnyNewFileHas) {
  const test::TempFolder folder;
  const std::filesystem::path ours = folder.path() / "a";
  const std::filesystem::path other = folder.path() / "b";
  ASSERT_TRUE(write_whole(ours, "x"));
  std::ofstream(other) << "x";
  EXPECT_EQ(std::filesystem::status(ours).permissions(),
            std::filesystem::status(other).permissions());
}

TEST(WholeFile, LeavesNothingWhereItCannotBeWritten) {
  const test::TempFolder folder;
  const Status missing = write_whole(folder.path() / "none" / "a.svg", "x");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("a.svg: cannot write: No such file"), std::string::npos);
  std::filesystem::create_directory(folder.path() / "taken");
  EXPECT_FALSE(write_whole(folder.path() / "taken", "x"));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WholeFile, IsNotReadBeyondTheMost) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder.path() / "a";
  ASSERT_TRUE(write_whole(file, "1234"));
  const Result<std::string> long_one = read_whole(file.string(), 3);
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().message, file.string() + ": longer than 3 bytes");
  EXPECT_FALSE(read_whole("/dev/zero", 1 << 20));
  EXPECT_FALSE(read_whole(folder.path().string(), 3));
  EXPECT_FALSE(read_whole((folder.path() / "none").string(), 3));
}

}  // namespace
}  // namespace sotto::tools
