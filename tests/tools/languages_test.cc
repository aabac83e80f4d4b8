#include "tools/languages.h"

#include <gtest/gtest.h>

namespace sotto::tools {
namespace {

TEST(Languages, HaveCodesNamesAndAliasesInAnyCase) {
  for (const char* language : {"en", "EN", "German", "haitian creole", "Castilian", "yue"}) {
    EXPECT_EQ(language_problem(language), "") << language;
  }
}

TEST(Languages, SuggestTheOneThatMayBeMeant) {
  EXPECT_EQ(language_problem("englsh"), "no language is called \"englsh\"; did you mean english?");
  EXPECT_EQ(language_problem("Castillian"),
            "no language is called \"Castillian\"; did you mean castilian?");
  EXPECT_EQ(language_problem("klingon"), "no language is called \"klingon\"");
}

}  // namespace
}  // namespace sotto::tools
