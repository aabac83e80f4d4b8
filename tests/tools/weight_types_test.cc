#include "tools/weight_types.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>

namespace sotto::tools {
namespace {

using Keep = std::pair<std::string, WeightType>;

TEST(WeightTypes, APatternAndATypeStandAroundTheLastEqualsSign) {
  EXPECT_EQ(parse_keep("--keep", "*.attn_?.weight=q8_0"),
            (Keep{"*.attn_?.weight", WeightType::kQ8_0}));
  EXPECT_EQ(parse_keep("--keep", "a=b=F16"), (Keep{"a=b", WeightType::kF16}));
  EXPECT_EQ(parse_keep("--keep", "*=exact"), (Keep{"*", WeightType::kExact}));
}

TEST(WeightTypes, AnythingElseIsRefused) {
  for (const char* text : {"", "=", "=q8_0", "q8_0", "*=", "*=q9", "*=q8_0 ", "*q8_0"}) {
    EXPECT_THROW(parse_keep("--keep", text), CLI::ValidationError) << text;
  }
}

TEST(WeightTypes, ARefusalSaysWhatThereIs) {
  try {
    parse_keep("--keep", "*=q5_0");
    FAIL();
  } catch (const CLI::ValidationError& error) {
    EXPECT_STREQ(error.what(),
                 "--keep: the type is \"q5_0\", expected one of bf16, exact, f16, f32, q4_0, q8_0");
  }
}

}  // namespace
}  // namespace sotto::tools
