#include "tools/languages.h"

#include <gtest/gtest.h>

#include "lib/text/languages.h"

namespace sotto::tools {
namespace {

TEST(Languages, AreThoseOfTheLibrary) {
  ASSERT_EQ(languages().size(), text::languages().size());
  for (std::size_t i = 0; i < languages().size(); ++i) {
    EXPECT_EQ(languages()[i].code, text::languages()[i].code);
    EXPECT_EQ(languages()[i].name, text::languages()[i].name);
  }
  for (const Language& alias : language_aliases()) {
    EXPECT_EQ(text::language_code(alias.name), alias.code);
  }
}

TEST(Languages, HaveCodesNamesAndAliasesInAnyCase) {
  for (const char* language : {"en", "EN", "German", "haitian creole", "Castilian", "yue"}) {
    EXPECT_EQ(language_problem(language), "") << language;
    EXPECT_FALSE(text::language_code(language).empty()) << language;
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
