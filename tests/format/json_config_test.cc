#include "lib/format/json_config.h"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace sotto::format {
namespace {

TEST(JsonConfig, PairsAreReadWithTheirRange) {
  const auto json = JsonConfig::parse(
      "c.json",
      R"({"good":[[2,0],[3,7]],"none":[],"three":[[1,2,3]],"flat":[1,2],"text":"[[1,2]]",)"
      R"("real":[[1,2.5]],"below":[[0,-1]],"null":null})");
  ASSERT_OK(json);
  EXPECT_EQ(*json->pairs("good", 0, 7), (JsonConfig::Pairs{{2, 0}, {3, 7}}));
  EXPECT_TRUE(json->pairs("none", 0, 7)->empty());
  EXPECT_ERROR(json->pairs("good", 0, 6), ErrorCode::kCorruptFile,
               "c.json: item 1 of good is not a pair of integers from 0 to 6");
  for (const char* key : {"three", "flat", "real", "below"}) {
    EXPECT_ERROR(json->pairs(key, 0, 7), ErrorCode::kCorruptFile, "item 0 of");
  }
  EXPECT_ERROR(json->pairs("text", 0, 7), ErrorCode::kCorruptFile, "expected an array of pairs");
  EXPECT_ERROR(json->pairs("null", 0, 7), ErrorCode::kCorruptFile, "null is missing");
}

}  // namespace
}  // namespace sotto::format
