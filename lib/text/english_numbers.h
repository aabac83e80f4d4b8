// English numbers in words as digits: "two hundred and five dollars" is "$205"
// (openai/whisper, normalizers/english.py: EnglishNumberNormalizer, to the letter).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sotto::text {

// What a word does to the number that is being read.
enum class NumberWordKind : std::uint8_t {
  kNone,
  kZero,                // oh
  kOnes,                // one ... nineteen
  kOnesSuffixed,        // third, sixes
  kTens,                // twenty ... ninety
  kTensSuffixed,        // twentieth, fifties
  kMultiplier,          // hundred, thousand ... decillion
  kMultiplierSuffixed,  // thousandth, millions
  kSign,                // before a number: minus
  kCurrency,            // after a number: dollars
  kPer,                 // before "cent"
  kPercent,
  kAnd,
  kDouble,
  kTriple,
  kPoint,
};

struct NumberWord {
  NumberWordKind kind = NumberWordKind::kNone;
  unsigned value = 0;          // of a multiplier: its power of ten
  std::u32string_view symbol;  // suffix, sign or currency
};

// Immutable; any thread.
class EnglishNumbers {
 public:
  EnglishNumbers();

  // Requires: `text` is in small letters. What comes out has single blanks between words and none
  // around them. The reference fails at a number of more than 4300 digits; here it is kept.
  std::u32string standardize(std::u32string_view text) const;

 private:
  void add(std::u32string_view word, NumberWordKind kind, unsigned value = 0,
           std::u32string_view symbol = {});
  NumberWord find(std::u32string_view word) const;
  std::u32string preprocess(std::u32string_view text) const;
  std::u32string process_words(std::u32string_view text) const;

  std::unordered_map<std::u32string, NumberWord> words_;
};

}  // namespace sotto::text
