#include "tools/model_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "tests/support/temp_folder.h"

namespace sotto::tools {
namespace {

using test::TempFolder;
using test::write_file;

TEST(ModelsFolder, FollowsTheXdgRules) {
  EXPECT_EQ(*models_folder("/data", "/home/me"), "/data/sotto/models");
  EXPECT_EQ(*models_folder("/data", nullptr), "/data/sotto/models");
  for (const char* unusable : {static_cast<const char*>(nullptr), "", "data", "./data"}) {
    EXPECT_EQ(*models_folder(unusable, "/home/me"), "/home/me/.local/share/sotto/models");
    EXPECT_ERROR(models_folder(unusable, nullptr), ErrorCode::kIo, "HOME");
    EXPECT_ERROR(models_folder(unusable, ""), ErrorCode::kIo, "HOME");
  }
  EXPECT_ERROR(models_folder(nullptr, "home/me"), ErrorCode::kIo, "\"home/me\"");
}

TEST(SplitName, KnowsTypesAndNothingElse) {
  const auto split = [](std::string_view name) {
    const NameAndType parts = split_name(name);
    return parts.name + "|" + parts.type;
  };
  EXPECT_EQ(split("tiny.en-q8_0"), "tiny.en|q8_0");
  EXPECT_EQ(split("large-v3"), "large-v3|");
  EXPECT_EQ(split("large-v3-exact"), "large-v3|exact");
  EXPECT_EQ(split("-q8_0"), "-q8_0|");
  EXPECT_EQ(split("q8_0"), "q8_0|");
  EXPECT_EQ(split("tiny-"), "tiny-|");
  EXPECT_EQ(split(""), "|");
}

class Store : public testing::Test {
 protected:
  // The later, the newer.
  void add(const std::string& name) {
    write_file(folder_ / name, "12345");
    std::filesystem::last_write_time(
        folder_ / name, std::filesystem::file_time_type() + std::chrono::hours(++age_));
  }

  std::string means(std::string_view name) {
    const auto models = stored_models(folder_.path());
    if (!models) return models.error().message;
    const StoredModel* found = find_stored(*models, name);
    return found == nullptr ? "" : found->file.filename().string();
  }

  TempFolder folder_;
  int age_ = 0;
};

TEST_F(Store, ListsModelFilesAndNothingElse) {
  for (const char* name : {"tiny-q8_0.gguf", "tiny-f16.gguf", "base.gguf", "notes.txt", ".gguf",
                           ".hidden.gguf", "gguf"}) {
    add(name);
  }
  std::filesystem::create_directory(folder_ / "folder.gguf");
  const auto models = stored_models(folder_.path());
  ASSERT_OK(models);
  ASSERT_EQ(models->size(), 3U);
  EXPECT_EQ((*models)[0].full_name(), "base");
  EXPECT_EQ((*models)[1].full_name(), "tiny-f16");
  EXPECT_EQ((*models)[2].full_name(), "tiny-q8_0");
  EXPECT_EQ((*models)[2].bytes, 5U);
}

TEST_F(Store, NoFolderIsEmptyAndAFileIsAnError) {
  const auto none = stored_models(folder_ / "none");
  ASSERT_OK(none);
  EXPECT_TRUE(none->empty());
  add("file");
  EXPECT_ERROR(stored_models(folder_ / "file"), ErrorCode::kIo, "file");
}

TEST_F(Store, ThePlainNameMeansTheOneThatCameLast) {
  add("tiny-q8_0.gguf");
  add("tiny-f32.gguf");
  EXPECT_EQ(means("tiny"), "tiny-f32.gguf");
  add("tiny-f16.gguf");
  EXPECT_EQ(means("tiny"), "tiny-f16.gguf");
  EXPECT_EQ(means("tiny-q8_0"), "tiny-q8_0.gguf");
  EXPECT_EQ(means("tiny-q8_0.gguf"), "tiny-q8_0.gguf");
  EXPECT_EQ(means("tiny-q4_0"), "");
  EXPECT_EQ(means("tin"), "");
  EXPECT_EQ(means(""), "");
}

TEST_F(Store, AFileWithoutATypeHasItsWholeName) {
  add("tiny.gguf");
  add("tiny-q8_0.gguf");
  EXPECT_EQ(means("tiny"), "tiny.gguf") << "it is called so, though the other is newer";
  EXPECT_EQ(means("tiny-q8_0"), "tiny-q8_0.gguf");
}

TEST_F(Store, SecondNamesMeanTheSame) {
  add("large-v3-q8_0.gguf");
  add("turbo-f16.gguf");
  EXPECT_EQ(means("large"), "large-v3-q8_0.gguf");
  EXPECT_EQ(means("large-q8_0"), "large-v3-q8_0.gguf");
  EXPECT_EQ(means("large-v3-turbo"), "turbo-f16.gguf");
}

TEST_F(Store, PathsAndFilesAreLeftAsTheyAre) {
  add("x");
  for (const std::string& name : {std::string("./none"), std::string("/none/x.gguf"),
                                  (folder_ / "x").string(), std::string()}) {
    const auto file = resolve_model(name);
    ASSERT_OK(file);
    EXPECT_EQ(*file, name);
  }
}

}  // namespace
}  // namespace sotto::tools
