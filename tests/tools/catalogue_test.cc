#include "tools/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "tools/model_store.h"

namespace sotto::tools {
namespace {

TEST(Catalogue, HasEveryNameAndRepositoryOnce) {
  std::set<std::string_view> names, repositories;
  for (const OfficialModel& model : catalogue()) {
    EXPECT_TRUE(names.insert(model.name).second) << model.name;
    EXPECT_TRUE(repositories.insert(model.repository).second) << model.repository;
    EXPECT_FALSE(model.license.empty()) << model.name;
    EXPECT_FALSE(model.languages.empty()) << model.name;
    EXPECT_EQ(find_official(model.name), &model);
    EXPECT_EQ(find_official(model.repository), &model);
  }
  EXPECT_EQ(find_official("large"), find_official("large-v3"));
  EXPECT_EQ(find_official("large-v3-turbo"), find_official("turbo"));
  EXPECT_EQ(find_official("openai/whisper-large"), find_official("large-v1"));
  EXPECT_EQ(find_official(""), nullptr);
  EXPECT_EQ(find_official("tiny.en "), nullptr);
}

// Two or four bytes a parameter, as F16 or F32.
TEST(Catalogue, DownloadsFitTheParameters) {
  for (const OfficialModel& model : catalogue()) {
    const double bytes = model.download_mb * 100.0 / model.parameters_10k;
    EXPECT_TRUE((bytes > 1.9 && bytes < 2.1) || (bytes > 3.9 && bytes < 4.1))
        << model.name << " " << bytes;
  }
}

TEST(Catalogue, NoNameLooksLikeOneWithAType) {
  for (const OfficialModel& model : catalogue()) {
    EXPECT_EQ(split_name(model.name).name, model.name);
    EXPECT_EQ(model.name.find('/'), std::string_view::npos);
  }
}

TEST(Catalogue, EnglishWhispersSayEn) {
  for (const OfficialModel& model : catalogue()) {
    EXPECT_TRUE(!model.name.ends_with(".en") || model.languages == "en") << model.name;
    EXPECT_EQ(model.whisper(), !model.name.starts_with("moonshine-")) << model.name;
  }
}

TEST(Catalogue, SizesFollowTheTypes) {
  const OfficialModel& tiny = *find_official("tiny.en");
  EXPECT_GT(most_bytes_as(tiny, "f32"), most_bytes_as(tiny, "f16"));
  EXPECT_GT(most_bytes_as(tiny, "f16"), most_bytes_as(tiny, "q8_0"));
  EXPECT_GT(most_bytes_as(tiny, "q8_0"), most_bytes_as(tiny, "q4_0"));
  EXPECT_EQ(most_bytes_as(tiny, "exact"), most_bytes_as(tiny, "f32"));
  EXPECT_GT(most_bytes_as(tiny, "q8_0"), 43'961'152U) << "of the file there is";
}

}  // namespace
}  // namespace sotto::tools
