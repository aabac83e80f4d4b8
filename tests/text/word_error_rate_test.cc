#include "lib/text/word_error_rate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sotto::text {
namespace {

std::vector<std::size_t> counts(std::string_view reference, std::string_view hypothesis) {
  const WordErrors found = count_word_errors(reference, hypothesis);
  return {found.hits, found.substitutions, found.deletions, found.insertions};
}

using Counts = std::vector<std::size_t>;  // hits, substitutions, deletions, insertions

TEST(WordErrorRate, CountsEachKindOfError) {
  EXPECT_EQ(counts("", ""), (Counts{0, 0, 0, 0}));
  EXPECT_EQ(counts("a b c", "a b c"), (Counts{3, 0, 0, 0}));
  EXPECT_EQ(counts("a b c", "a x c"), (Counts{2, 1, 0, 0}));
  EXPECT_EQ(counts("a b c", "a c"), (Counts{2, 0, 1, 0}));
  EXPECT_EQ(counts("a c", "a b c"), (Counts{2, 0, 0, 1}));
  EXPECT_EQ(counts("a b", ""), (Counts{0, 0, 2, 0}));
  EXPECT_EQ(counts("", "a b"), (Counts{0, 0, 0, 2}));
  const WordErrors found = count_word_errors("a b c d", "x b d e f");
  EXPECT_EQ(found.words(), 4U);
  EXPECT_EQ(found.errors(), 4U);
}

TEST(WordErrorRate, PrefersHitsAmongWaysOfTheSameLength) {
  EXPECT_EQ(counts("a b", "b c"), (Counts{1, 0, 1, 1}));  // and not two substitutions
}

TEST(WordErrorRate, TakesAnyBlanksAndAnyBytesForWords) {
  EXPECT_EQ(counts(" a\t\xFF\n", "a\xC2\xA0\xFF"), (Counts{2, 0, 0, 0}));
  EXPECT_EQ(counts("ab", "a b"), (Counts{0, 1, 0, 1}));
}

// The whole table of errors and hits, as in every textbook.
std::pair<std::size_t, std::size_t> errors_and_hits(const std::string& a, const std::string& b) {
  struct Cell {
    std::size_t errors = 0, hits = 0;
  };
  std::vector<std::vector<Cell>> table(a.size() + 1, std::vector<Cell>(b.size() + 1));
  const auto better = [](Cell x, Cell y) {
    return x.errors < y.errors || (x.errors == y.errors && x.hits > y.hits) ? x : y;
  };
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 && j == 0) continue;
      Cell best{std::numeric_limits<std::size_t>::max(), 0};
      if (i > 0) best = better(best, {table[i - 1][j].errors + 1, table[i - 1][j].hits});
      if (j > 0) best = better(best, {table[i][j - 1].errors + 1, table[i][j - 1].hits});
      if (i > 0 && j > 0) {
        const bool same = a[i - 1] == b[j - 1];
        const Cell before = table[i - 1][j - 1];
        best = better(best, {before.errors + (same ? 0 : 1), before.hits + (same ? 1 : 0)});
      }
      table[i][j] = best;
    }
  }
  return {table[a.size()][b.size()].errors, table[a.size()][b.size()].hits};
}

TEST(WordErrorRate, AgreesWithTheWholeTable) {
  std::mt19937 rng{1};
  for (int round = 0; round < 600; ++round) {
    const auto letters = [&](std::size_t most) {
      std::string text;
      for (std::size_t i = rng() % (most + 1); i > 0; --i)
        text += static_cast<char>('a' + rng() % 4);
      return text;
    };
    const auto spaced = [](const std::string& text) {
      std::string words;
      for (const char c : text) (words += c) += ' ';
      return words;
    };
    const std::size_t most = round % 10 == 0 ? 200 : 12;  // some beyond the first band
    const std::string a = letters(most);
    const std::string b = letters(most);
    const WordErrors found = count_word_errors(spaced(a), spaced(b));
    const auto [errors, hits] = errors_and_hits(a, b);
    ASSERT_EQ(found.errors(), errors) << a << " " << b;
    ASSERT_EQ(found.hits, hits) << a << " " << b;
    ASSERT_EQ(found.words(), a.size());
    ASSERT_EQ(found.hits + found.substitutions + found.insertions, b.size());
  }
}

TEST(WordErrorRate, TakesLongTexts) {
  std::string reference, hypothesis;
  for (int i = 0; i < 100000; ++i) {
    const std::string word = std::to_string(i % 977) + " ";
    reference += word;
    if (i % 500 != 3) hypothesis += word;
    if (i % 500 == 250) hypothesis += "more ";
  }
  EXPECT_EQ(counts(reference, hypothesis), (Counts{99800, 0, 200, 200}));
}

}  // namespace
}  // namespace sotto::text
