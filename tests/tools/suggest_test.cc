#include "tools/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace sotto::tools {
namespace {

const std::vector<std::string> kOptions = {"--language", "--languages", "--translate", "--task",
                                           "--model",    "-m",          "--beam-size"};

TEST(EditDistance, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("", "", 9), 0U);
  EXPECT_EQ(edit_distance("", "abc", 9), 3U);
  EXPECT_EQ(edit_distance("abc", "", 9), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 9), 3U);
  EXPECT_EQ(edit_distance("same", "same", 9), 0U);
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(edit_distance("langauge", "language", 9), 1U);
  EXPECT_EQ(edit_distance("ca", "abc", 9), 3U);  // nothing between what was swapped
}

TEST(EditDistance, IsTheSameBothWays) {
  for (const std::string& a : kOptions) {
    for (const std::string& b : kOptions)
      EXPECT_EQ(edit_distance(a, b, 30), edit_distance(b, a, 30));
  }
}

TEST(EditDistance, StopsAtTheMostThatIsAskedFor) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 3), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 0), 1U);
  EXPECT_EQ(edit_distance("a", "aaaaaaaaaa", 2), 3U);
}

TEST(Suggest, NamesWhatWasMeant) {
  EXPECT_EQ(nearest("--langauge", kOptions), "--language");
  EXPECT_EQ(nearest("--langages", kOptions), "--languages");
  EXPECT_EQ(nearest("--tanslate", kOptions), "--translate");
  EXPECT_EQ(nearest("--modle", kOptions), "--model");
}

TEST(Suggest, TakesCaseAndUnderscoresForNothing) {
  EXPECT_EQ(nearest("--Beam_Size", kOptions), "--beam-size");
}

TEST(Suggest, KeepsQuietAboutWhatIsFarFromAll) {
  EXPECT_EQ(nearest("--frobnicate", kOptions), std::nullopt);
  EXPECT_EQ(nearest("", kOptions), std::nullopt);
  EXPECT_EQ(nearest("--", kOptions), std::nullopt);
  EXPECT_EQ(nearest("-x", kOptions), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kOptions), std::nullopt);
  EXPECT_EQ(nearest("--language", {}), std::nullopt);
}

TEST(Suggest, KeepsQuietAboutANameThatIsRight) {
  EXPECT_EQ(nearest("--languages", kOptions), std::nullopt);
}

TEST(Suggest, TakesTheFirstOfEquallyNearNames) {
  const std::vector<std::string> names = {"base.en", "tiny.de", "tiny.en", "tiny.fr"};
  EXPECT_EQ(nearest("tiny.dn", names), "tiny.de");
}

TEST(Suggest, AsksInAMessage) {
  EXPECT_EQ(did_you_mean("--langauge", kOptions), "; did you mean --language?");
  EXPECT_EQ(did_you_mean("--frobnicate", kOptions), "");
}

}  // namespace
}  // namespace sotto::tools
