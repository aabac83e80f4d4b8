#include "lib/text/normalizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/text/english_numbers.h"
#include "lib/text/english_spelling.h"
#include "lib/text/utf8.h"
#include "tests/support/shared.h"

namespace sotto::text {
namespace {

constexpr BasicNormalizerOptions kPlainLetters{true, false};
constexpr BasicNormalizerOptions kSplitLetters{false, true};

struct Pair {
  const char* text;
  const char* normalized;
};

std::string numbers(std::string_view text) {
  static const EnglishNumbers kNumbers;
  return utf8_from_utf32(kNumbers.standardize(utf32_from_utf8(text)));
}

TEST(Normalizer, GivesWhatTheReferenceDoes) {
  SOTTO_NEEDS_SHARED("golden/whisper/normalizers.json");
  std::ifstream file(test::shared_root() / "golden/whisper/normalizers.json");
  const nlohmann::json cases = nlohmann::json::parse(file);
  ASSERT_GT(cases.size(), 40U);
  for (const auto& each : cases) {
    const std::string text = each["text"];
    EXPECT_EQ(normalize_english(text), each["english"]) << text;
    EXPECT_EQ(normalize_basic(text), each["basic"]) << text;
    EXPECT_EQ(normalize_basic(text, kPlainLetters), each["basic_remove_diacritics"]) << text;
    EXPECT_EQ(normalize_basic(text, kSplitLetters), each["basic_split_letters"]) << text;
  }
}

// What the reference (Python 3.11) gives for cases that the golden file has not.
TEST(Normalizer, RemovesWhatStandsInBrackets) {
  for (const auto& [text, expected] : std::vector<Pair>{{"a<b>c", "ac"},
                                                        {"a[b>c", "ac"},
                                                        {"a<b", "a b"},
                                                        {"[]a", "a"},
                                                        {"()a", " a"},
                                                        {"(()a", "a"},
                                                        {"a(b)c)", "ac "},
                                                        {"((a))b", " b"},
                                                        {"<<a>b]", "b "}}) {
    EXPECT_EQ(normalize_basic(text), expected) << text;
  }
}

TEST(Normalizer, LeavesOutFillersOnlyAsWholeWords) {
  EXPECT_EQ(normalize_english("um umbrella uh-huh hmm hmmm _um"), "umbrella huh hmmm um");
}

TEST(Normalizer, WritesContractionsInFull) {
  for (const auto& [text, expected] :
       std::vector<Pair>{{"They'd been", "they had been"},
                         {"he's got it and he's gone", "he has got it and he has gone"},
                         {"don 't", "do not"},
                         {"n't", "not"},
                         {"y'all", "you all"},
                         {"'tis", "tis"},
                         {"st. lt st", "saint lieutenant saint"},
                         {"st_", "st"}}) {
    EXPECT_EQ(normalize_english(text), expected) << text;
  }
}

TEST(Normalizer, KeepsSymbolsOnlyBesideNumbers) {
  for (const auto& [text, expected] : std::vector<Pair>{{"1,2,3", "12 3"},
                                                        {"a.b .5 5. ...", "a b .5 5 ."},
                                                        {"$$5 $x %% 5%%", " $5 x % 5% "},
                                                        {"5 % 7%", "5 7%"}}) {
    EXPECT_EQ(normalize_english(text), expected) << text;
  }
}

TEST(Normalizer, ReplacesIllFormedBytesFirst) {
  EXPECT_EQ(normalize_basic("a\xFF"
                            "b\xE2\x82"),
            "a b ");
  EXPECT_EQ(normalize_english("\xC3 a"), "a");
}

TEST(Normalizer, TakesOnlyTimeThatGrowsWithTheText) {
  std::string marks = "a";
  for (int i = 0; i < 100000; ++i) marks += i % 2 == 0 ? "\xCC\x81" : "\xCC\xA7";
  std::string counting;
  for (int i = 0; i < 40000; ++i) counting += "eleven one million ";
  const std::string hostile[] = {std::string(200000, '<'),
                                 std::string(200000, '('),
                                 std::string(200000, ' '),
                                 std::string(200000, '\''),
                                 "1" + std::string(200000, ' ') + "s",
                                 std::string(200000, '7'),
                                 marks,
                                 counting};
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& text : hostile) {
    EXPECT_TRUE(is_utf8(normalize_english(text)));
    EXPECT_TRUE(is_utf8(normalize_basic(text, kSplitLetters)));
  }
  // Well under a second as it is; one loop over pairs of characters alone would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(EnglishNumbers, ReadsNumbersAsTheReference) {
  for (const auto& [text, expected] :
       std::vector<Pair>{{"", ""},
                         {"two thousandth", "2000th"},
                         {"one two three", "123"},
                         {"twenty one two", "212"},
                         {"nineteen oh five", "1905"},
                         {"five eleven", "511"},
                         {"five twenty eleven", "52011"},
                         {"hundred eleven", "111"},
                         {"sixty sixes", "66s"},
                         {"ninth nineth", "ninth 9th"},
                         {"zeroth eightieth", "0th 80th"},
                         {"zero point five", "0.5"},
                         {"0 point five", ".5"},
                         {"point five million", "500000"},
                         {"one point two three hundred", "123"},
                         {"two point two three four hundred", "2.234 100"},
                         {"2.5.2 million", "2.5.2 1000000"},
                         {"one decillion", "1000000000000000000000000000000000"},
                         {"nine thousand million billion", "9000"},
                         {"1999 thousand", "1000000"},
                         {"double five triple oh", "55000"},
                         {"double ten double million", "1010 double 1000000"},
                         {"double trouble", "double trouble"},
                         {"point million", "1000000"},
                         {"point taken", "point taken"},
                         {"hundred and two and two", "102 and 2"},
                         {"minus and plus", "-and plus"},
                         {"minus five plus six", "-5 +6"},
                         {"five pounds per cent per",
                          "\xC2\xA3"
                          "5 per cent per"},
                         {"five per cent five per head", "5% 5 per head"},
                         {"$5 point five", "$5.5"},
                         {"007 3.0 3.10", "7 3 3.10"},
                         {"\xD9\xA3", "3"},
                         {"2.\xD9\xA3", "2.\xD9\xA3"},
                         {"twenty 3.", "20 3."}}) {
    EXPECT_EQ(numbers(text), expected) << text;
  }
}

TEST(EnglishNumbers, SetsApartAndJoins) {
  for (const auto& [text, expected] :
       std::vector<Pair>{{"a1b2c", "a one b 2 c"},
                         {"10 th 10 \t s 10 thx 2nds", "10th 10s 10 thx 2 nds"},
                         {"and a half", ""},
                         {"two and  a\thalf and a half", "2.5"},
                         {"one and a halfs", "one and a halfs"},
                         {"cake and a half", "cake and a half"}}) {
    EXPECT_EQ(numbers(text), expected) << text;
  }
}

TEST(EnglishNumbers, WritesCents) {
  for (const auto& [text, expected] : std::vector<Pair>{{"$2 and \xC2\xA2"
                                                         "7",
                                                         "$2.07"},
                                                        {"$2 \xC2\xA2"
                                                         "70",
                                                         "$2.70"},
                                                        {"$2 and \xC2\xA2"
                                                         "700",
                                                         "$2 and \xC2\xA2"
                                                         "700"},
                                                        {"$0.07 $0.123 $0x5",
                                                         "\xC2\xA2"
                                                         "7 $0.123 $0 x 5"},
                                                        {"$1 1s 1.5 11", "$one ones one.5 11"}}) {
    EXPECT_EQ(numbers(text), expected) << text;
  }
}

TEST(EnglishNumbers, KeepsNumbersThatPythonRefuses) {
  const std::string digits(5000, '7');
  EXPECT_EQ(numbers(digits), digits);
  EXPECT_EQ(numbers(digits + ".5 million"), digits + ".5 1000000");
}

TEST(EnglishSpelling, KnowsWordsOfEachRule) {
  const EnglishSpelling spelling;
  EXPECT_EQ(spelling.size(), 1738U);  // of the reference's 1739 one is no word: "flyer / flier"
  for (const auto& [word, expected] : std::vector<Pair>{{"mobilisation", "mobilization"},
                                                        {"cancelation", "cancellation"},
                                                        {"colour", "color"},
                                                        {"theatregoers", "theatergoers"},
                                                        {"aeon", "eon"},
                                                        {"philtre", "filter"},
                                                        {"pummelled", "pummel"},
                                                        {"mmm", "hmm"},
                                                        {"color", "color"},
                                                        {"", ""}}) {
    EXPECT_EQ(spelling.american(word), expected) << word;
  }
}

}  // namespace
}  // namespace sotto::text
