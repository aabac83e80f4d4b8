#include "tools/output_plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace sotto::tools {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const Result<std::vector<OutputFile>>& files) {
  std::vector<std::string> all;
  if (!files) return {files.error().message};
  for (const OutputFile& file : *files) all.push_back(file.path.string());
  return all;
}

using Names = std::vector<std::string>;

TEST(OutputPlan, NamesFilesAfterTheSound) {
  OutputPlan plan({.formats = {Format::kSrt, Format::kJson}, .folder = "nowhere"});
  EXPECT_EQ(names(plan.add("talks/a.b.wav")), (Names{"nowhere/a.b.srt", "nowhere/a.b.json"}));
  EXPECT_EQ(names(plan.add("-")), (Names{"nowhere/stdin.srt", "nowhere/stdin.json"}));
  EXPECT_EQ(names(plan.add("talk")), (Names{"nowhere/talk.srt", "nowhere/talk.json"}));
}

TEST(OutputPlan, TakesNamesThatAreGiven) {
  OutputPlan plan({.formats = {Format::kTxt}, .base_names = {"no/x.1", "y"}});
  EXPECT_EQ(names(plan.add("a.wav")), Names{"no/x.1.txt"});
  EXPECT_EQ(names(plan.add("b.wav")), Names{"y.txt"});
}

TEST(OutputPlan, MakesNoFileForTwoSounds) {
  OutputPlan plan({.formats = {Format::kTxt}, .folder = "nowhere", .overwrite = true});
  ASSERT_TRUE(plan.add("one/a.wav"));
  EXPECT_EQ(names(plan.add("two/a.mp3")),
            Names{"nowhere/a.txt: cannot write: is the file for one/a.wav, too"});
}

TEST(OutputPlan, KnowsAFileByAnotherName) {
  OutputPlan plan(
      {.formats = {Format::kTxt}, .base_names = {"x", (fs::current_path() / "no/../x").string()}});
  ASSERT_TRUE(plan.add("a.wav"));
  EXPECT_FALSE(plan.add("b.wav"));
}

TEST(OutputPlan, KeepsWhatExistsUnlessToldOtherwise) {
  const test::TempFolder folder;
  std::ofstream(folder.path() / "a.txt") << "precious";
  OutputPlan careful({.formats = {Format::kSrt, Format::kTxt}, .folder = folder.path()});
  EXPECT_EQ(names(careful.add("a.wav")), Names{(folder.path() / "a.txt").string() +
                                               ": exists already; --overwrite replaces it"});
  OutputPlan told({.formats = {Format::kTxt}, .folder = folder.path(), .overwrite = true});
  EXPECT_TRUE(told.add("a.wav"));
}

TEST(OutputPlan, NeverReplacesAFolderOrTheSound) {
  const test::TempFolder folder;
  fs::create_directory(folder.path() / "a.txt");
  std::ofstream(folder.path() / "sound.txt") << "RIFF";
  OutputPlan plan({.formats = {Format::kTxt}, .folder = folder.path(), .overwrite = true});
  EXPECT_FALSE(plan.add("a.wav"));
  EXPECT_FALSE(plan.add((folder.path() / "sound.txt").string()));
}

}  // namespace
}  // namespace sotto::tools
