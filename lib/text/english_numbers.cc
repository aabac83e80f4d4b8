#include "lib/text/english_numbers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "lib/text/decimal.h"
#include "lib/text/python_text.h"

namespace sotto::text {
namespace {

using Kind = NumberWordKind;

constexpr std::u32string_view kOnesNames[] = {
    U"one",     U"two",     U"three",     U"four",     U"five",    U"six",      U"seven",
    U"eight",   U"nine",    U"ten",       U"eleven",   U"twelve",  U"thirteen", U"fourteen",
    U"fifteen", U"sixteen", U"seventeen", U"eighteen", U"nineteen"};
constexpr std::u32string_view kTensStems[] = {U"twent", U"thirt",  U"fort",  U"fift",
                                              U"sixt",  U"sevent", U"eight", U"ninet"};
constexpr std::u32string_view kLargeNames[] = {
    U"thousand",   U"million",    U"billion",   U"trillion",  U"quadrillion", U"quintillion",
    U"sextillion", U"septillion", U"octillion", U"nonillion", U"decillion"};

// Signs and currencies that may stand before a number in digits.
constexpr std::u32string_view kPrefixes = U"-+\u00A3\u20AC$\u00A2";
constexpr std::u32string_view kCoins = U"\u20AC\u00A3$";  // those that have cents
constexpr char32_t kCent = U'\u00A2';

// The end of the digits \d+(\.\d+)? that begin `word`; 0 where it does not begin with any.
std::size_t number_end(std::u32string_view word) {
  const auto digits_end = [&](std::size_t at) {
    while (at < word.size() && decimal_digit(word[at]) >= 0) ++at;
    return at;
  };
  const std::size_t whole = digits_end(0);
  if (whole == 0 || whole == word.size() || word[whole] != U'.') return whole;
  const std::size_t fraction = digits_end(whole + 1);
  return fraction == whole + 1 ? whole : fraction;
}

bool is_number(std::u32string_view word) {
  return !word.empty() && number_end(word) == word.size();
}

struct Token {
  std::u32string_view text;
  NumberWord meaning;
  bool is_numeric = false;
};

// The state of process_words(): the number read so far, and the text before it.
class Reader {
 public:
  // The tokens around the current one may be null.
  void read(const Token* before, const Token& current, const Token* after);
  // The text of all; the last call.
  std::u32string finish();

 private:
  // Either an integer, or any text of digits and points that grows at its end.
  struct Value {
    std::optional<Decimal> integer;
    std::u32string text;

    const std::u32string& digits() const { return integer ? integer->digits() : text; }
  };

  void put(std::u32string_view text);
  void put_value(std::u32string_view suffix = {}) {
    put(value_->digits() + std::u32string(suffix));
  }
  void put_value_if_any() {
    if (value_) put_value();
  }
  void set(Decimal integer) { value_ = Value{std::move(integer), {}}; }
  void set(std::u32string text) { value_ = Value{std::nullopt, std::move(text)}; }
  // str(value) + text. Requires: there is one.
  void concatenate(std::u32string_view text);
  // str(value or "") + text
  void append(std::u32string_view text);

  void read_digits(std::u32string_view word, std::u32string_view digits);
  void read_ones(const NumberWord& word, bool after_ones, bool after_tens);
  void read_tens(unsigned tens);
  void read_multiplier(const NumberWord& word);
  void read_suffixed_multiplier(const NumberWord& word);
  void read_special(const Token* before, const Token& current, const Token* after);

  std::u32string out_;
  std::u32string prefix_;
  std::optional<Value> value_;
  bool skip_ = false;  // the next token has been read with this one
};

void Reader::put(std::u32string_view text) {
  const std::u32string result = prefix_ + std::u32string(text);  // text may be in value_
  if (!out_.empty()) out_ += U' ';
  out_ += result;
  prefix_.clear();
  value_.reset();
}

void Reader::concatenate(std::u32string_view text) {
  if (value_->integer) set(value_->integer->digits());
  value_->text += text;
}

void Reader::append(std::u32string_view text) {
  if (!value_ || (value_->integer && value_->integer->is_zero())) {
    set(std::u32string(text));
  } else {
    concatenate(text);
  }
}

void Reader::read_digits(std::u32string_view word, std::u32string_view digits) {
  if (value_) {
    if (!value_->integer && value_->text.ends_with(U'.')) {
      value_->text += word;
      return;
    }
    put_value();
  }
  if (digits.size() != word.size()) prefix_ = word.front();
  if (std::optional<Decimal> integer = Decimal::scaled(digits, 0)) {
    set(std::move(*integer));
  } else {
    set(std::u32string(digits));
  }
}

// Of a word with or without a suffix.
void Reader::read_ones(const NumberWord& word, bool after_ones, bool after_tens) {
  const std::size_t zeros = word.value < 10 ? 1 : 2;
  if (!value_) {
    set(Decimal(word.value));
  } else if (!value_->integer && after_tens && word.value < 10) {
    value_->text.back() = U'0' + word.value;  // "twenty" has left a zero there
  } else if (!value_->integer || after_ones || !value_->integer->ends_in_zeros(zeros)) {
    concatenate(decimal_text(word.value));
  } else {
    value_->integer->add_to_zeros(word.value);
  }
}

void Reader::read_tens(unsigned tens) {
  if (!value_) {
    set(Decimal(tens));
  } else if (value_->integer && value_->integer->ends_in_zeros(2)) {
    value_->integer->add_to_zeros(tens);
  } else {
    concatenate(decimal_text(tens));
  }
}

void Reader::read_multiplier(const NumberWord& word) {
  if (!value_) {
    set(Decimal::power_of_ten(word.value));
  } else if (value_->integer) {
    value_->integer->multiply_last_three(word.value);
  } else if (std::optional<Decimal> product = Decimal::scaled(value_->text, word.value)) {
    set(std::move(*product));
  } else {
    put_value();
    set(Decimal::power_of_ten(word.value));
  }
}

void Reader::read_suffixed_multiplier(const NumberWord& word) {
  read_multiplier(word);
  put_value(word.symbol);
}

void Reader::read_special(const Token* before, const Token& current, const Token* after) {
  const Kind next = after == nullptr ? Kind::kNone : after->meaning.kind;
  const bool next_is_numeric = after != nullptr && after->is_numeric;
  if (next == Kind::kNone && !next_is_numeric) {
    put_value_if_any();
    put(current.text);
    return;
  }
  switch (current.meaning.kind) {
    case Kind::kAnd:
      if (before != nullptr && before->meaning.kind == Kind::kMultiplier) return;
      break;
    case Kind::kDouble:
    case Kind::kTriple:
      if (next == Kind::kOnes || next == Kind::kZero) {
        for (int i = current.meaning.kind == Kind::kDouble ? 2 : 3; i > 0; --i) {
          append(decimal_text(after->meaning.value));
        }
        skip_ = true;
        return;
      }
      break;
    default:  // kPoint; before other words it says nothing
      if (next == Kind::kOnes || next == Kind::kTens || next == Kind::kZero || next_is_numeric) {
        append(U".");
      }
      return;
  }
  put_value_if_any();
  put(current.text);
}

void Reader::read(const Token* before, const Token& current, const Token* after) {
  if (std::exchange(skip_, false)) return;
  const NumberWord& word = current.meaning;
  const bool has_prefix = kPrefixes.find(current.text.front()) != std::u32string_view::npos;
  const std::u32string_view digits = current.text.substr(has_prefix ? 1 : 0);
  if (is_number(digits)) return read_digits(current.text, digits);

  const Kind previous = before == nullptr ? Kind::kNone : before->meaning.kind;
  switch (word.kind) {
    case Kind::kNone: put_value_if_any(); return put(current.text);
    case Kind::kZero: return append(U"0");
    case Kind::kOnes:
    case Kind::kOnesSuffixed:
      read_ones(word, previous == Kind::kOnes, previous == Kind::kTens);
      if (word.kind == Kind::kOnesSuffixed) put_value(word.symbol);
      return;
    case Kind::kTens:
    case Kind::kTensSuffixed:
      read_tens(word.value);
      if (word.kind == Kind::kTensSuffixed) put_value(word.symbol);
      return;
    case Kind::kMultiplier: return read_multiplier(word);
    case Kind::kMultiplierSuffixed: return read_suffixed_multiplier(word);
    case Kind::kSign:
      put_value_if_any();
      if (after == nullptr || (after->meaning.kind == Kind::kNone && !after->is_numeric)) {
        return put(current.text);
      }
      prefix_ = word.symbol;
      return;
    case Kind::kCurrency:
      if (!value_) return put(current.text);
      prefix_ = word.symbol;
      return put_value();
    case Kind::kPer:
      skip_ = value_ && after != nullptr && after->text == U"cent";
      if (skip_) return put_value(word.symbol);
      put_value_if_any();
      return put(current.text);
    case Kind::kPercent: return value_ ? put_value(word.symbol) : put(current.text);
    case Kind::kAnd:
    case Kind::kDouble:
    case Kind::kTriple:
    case Kind::kPoint: return read_special(before, current, after);
  }
}

std::u32string Reader::finish() {
  put_value_if_any();
  return std::move(out_);
}

// A blank between each character that `left` and the next that `right` is true for.
template <typename Left, typename Right>
std::u32string set_apart(std::u32string_view text, Left left, Right right) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && left(text[i - 1]) && right(text[i])) out += U' ';
    out += text[i];
  }
  return out;
}

// The end of \d{1,2}\b in ASCII at `at`; `at` where it is not there.
std::size_t cents_end(std::u32string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_ascii_digit(text[end])) ++end;
  return end > at && end - at <= 2 && is_boundary(text, end) ? end : at;
}

// "$2 and \u00A27" to "$2.07".
std::u32string combine_cents(std::u32string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t at = i + 1;
    if (kCoins.find(text[i]) != std::u32string_view::npos) {
      while (at < text.size() && is_ascii_digit(text[at])) ++at;
    }
    if (at > i + 1 && text.substr(at, 1) == U" ") {
      std::size_t cents = at + 1;
      if (text.substr(cents, 4) == U"and ") cents += 4;
      const std::size_t begin = cents + 1;
      const std::size_t end =
          cents < text.size() && text[cents] == kCent ? cents_end(text, begin) : begin;
      if (end > begin) {
        out += text.substr(i, at - i);
        out += end - begin == 1 ? U".0" : U".";
        out += text.substr(begin, end - begin);
        i = end;
        continue;
      }
    }
    out += text.substr(i, at - i);
    i = at;
  }
  return out;
}

// "$0.07" to "\u00A27". The reference takes any character for the point.
std::u32string extract_cents(std::u32string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool begins = kCoins.find(text[i]) != std::u32string_view::npos &&
                        text.substr(i + 1, 1) == U"0" && i + 3 < text.size() &&
                        text[i + 2] != U'\n';
    const std::size_t end = begins ? cents_end(text, i + 3) : 0;
    if (begins && end > i + 3) {
      out += kCent;
      out += Decimal::from_digits(text.substr(i + 3, end - i - 3)).digits();
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// "1" and "1s" are "one" and "ones", for readability.
std::u32string spell_one(std::u32string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool with_s = text.substr(i + 1, 1) == U"s";
    if (text[i] == U'1' && is_boundary(text, i) && is_boundary(text, i + 1 + (with_s ? 1 : 0))) {
      out += U"one";
    } else {
      out += text[i];
    }
  }
  return out;
}

// "10 th" to "10th".
std::u32string join_suffixes(std::u32string_view text) {
  constexpr std::u32string_view kSuffixes[] = {U"st", U"nd", U"rd", U"th", U"s"};
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    out += text[i++];
    if (!is_ascii_digit(text[i - 1])) continue;
    const std::size_t at = skip_blanks(text, i);
    if (at == i) continue;
    const bool joins = std::ranges::any_of(kSuffixes, [&](std::u32string_view suffix) {
      return text.substr(at).starts_with(suffix) && is_boundary(text, at + suffix.size());
    });
    if (!joins) out += text.substr(i, at - i);
    i = at;
  }
  return out;
}

// Where \band\s+a\s+half\b at `at` ends; `at` where it is not there.
std::size_t and_a_half_end(std::u32string_view text, std::size_t at) {
  if (!text.substr(at).starts_with(U"and") || !is_boundary(text, at)) return at;
  std::size_t end = at + 3;
  for (const std::u32string_view word : {U"a", U"half"}) {
    const std::size_t begin = skip_blanks(text, end);
    if (begin == end || !text.substr(begin).starts_with(word)) return at;
    end = begin + word.size();
  }
  return is_boundary(text, end) ? end : at;
}

}  // namespace

EnglishNumbers::EnglishNumbers() {
  for (const char32_t* zero : {U"o", U"oh", U"zero"}) add(zero, Kind::kZero);
  for (unsigned value = 1; value <= std::size(kOnesNames); ++value) {
    const std::u32string name(kOnesNames[value - 1]);
    add(name, Kind::kOnes, value);
    add(name + (value == 6 ? U"es" : U"s"), Kind::kOnesSuffixed, value, U"s");
    // As the reference has it: "nineth", no "ninth".
    if (value > 3 && value != 5 && value != 12) {
      add(name + (name.ends_with(U't') ? U"h" : U"th"), Kind::kOnesSuffixed, value, U"th");
    }
  }
  add(U"zeroth", Kind::kOnesSuffixed, 0, U"th");
  add(U"first", Kind::kOnesSuffixed, 1, U"st");
  add(U"second", Kind::kOnesSuffixed, 2, U"nd");
  add(U"third", Kind::kOnesSuffixed, 3, U"rd");
  add(U"fifth", Kind::kOnesSuffixed, 5, U"th");
  add(U"twelfth", Kind::kOnesSuffixed, 12, U"th");
  for (unsigned i = 0; i < std::size(kTensStems); ++i) {
    const std::u32string stem(kTensStems[i]);
    const unsigned value = 20 + 10 * i;
    add(stem + U"y", Kind::kTens, value);
    add(stem + U"ies", Kind::kTensSuffixed, value, U"s");
    add(stem + U"ieth", Kind::kTensSuffixed, value, U"th");
  }
  const auto add_multiplier = [&](std::u32string_view name, unsigned exponent) {
    add(name, Kind::kMultiplier, exponent);
    add(std::u32string(name) + U"s", Kind::kMultiplierSuffixed, exponent, U"s");
    add(std::u32string(name) + U"th", Kind::kMultiplierSuffixed, exponent, U"th");
  };
  add_multiplier(U"hundred", 2);
  for (unsigned i = 0; i < std::size(kLargeNames); ++i) add_multiplier(kLargeNames[i], 3 + 3 * i);

  for (const char32_t* minus : {U"minus", U"negative"}) add(minus, Kind::kSign, 0, U"-");
  for (const char32_t* plus : {U"plus", U"positive"}) add(plus, Kind::kSign, 0, U"+");
  constexpr std::pair<std::u32string_view, std::u32string_view> kCurrencies[] = {
      {U"pound", U"\u00A3"}, {U"euro", U"\u20AC"}, {U"dollar", U"$"}, {U"cent", U"\u00A2"}};
  for (const auto& [name, symbol] : kCurrencies) {
    add(name, Kind::kCurrency, 0, symbol);
    add(std::u32string(name) + U"s", Kind::kCurrency, 0, symbol);
  }
  add(U"per", Kind::kPer, 0, U"%");
  add(U"percent", Kind::kPercent, 0, U"%");
  add(U"and", Kind::kAnd);
  add(U"double", Kind::kDouble);
  add(U"triple", Kind::kTriple);
  add(U"point", Kind::kPoint);
}

void EnglishNumbers::add(std::u32string_view word, NumberWordKind kind, unsigned value,
                         std::u32string_view symbol) {
  words_.emplace(word, NumberWord{kind, value, symbol});
}

NumberWord EnglishNumbers::find(std::u32string_view word) const {
  const auto found = words_.find(std::u32string(word));
  return found == words_.end() ? NumberWord() : found->second;
}

// "three and a half" to "three point five", and blanks between digits and letters.
std::u32string EnglishNumbers::preprocess(std::u32string_view text) const {
  std::u32string out;
  const auto add_part = [&](std::u32string_view part) {
    if (!out.empty()) out += U' ';
    out += part;
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const std::size_t end = i == text.size() ? i : and_a_half_end(text, i);
    if (end == i && i < text.size()) continue;
    const std::u32string_view segment = text.substr(begin, i - begin);
    if (skip_blanks(segment, 0) < segment.size()) {
      add_part(segment);
      if (i < text.size()) {
        const Kind last = find(split_words(segment).back()).kind;
        const bool counts = last == Kind::kOnes || last == Kind::kTens || last == Kind::kZero ||
                            last == Kind::kMultiplier;
        add_part(counts ? U"point five" : U"and a half");
      }
    }
    if (i == text.size()) break;
    begin = end;
    i = end - 1;
  }
  out = set_apart(out, is_ascii_small, is_ascii_digit);
  out = set_apart(out, is_ascii_digit, is_ascii_small);
  return join_suffixes(out);
}

std::u32string EnglishNumbers::process_words(std::u32string_view text) const {
  std::vector<Token> tokens;
  for (const std::u32string_view word : split_words(text)) {
    tokens.push_back({word, find(word), is_number(word)});
  }
  Reader reader;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    reader.read(i == 0 ? nullptr : &tokens[i - 1], tokens[i],
                i + 1 == tokens.size() ? nullptr : &tokens[i + 1]);
  }
  return reader.finish();
}

std::u32string EnglishNumbers::standardize(std::u32string_view text) const {
  return spell_one(extract_cents(combine_cents(process_words(preprocess(text)))));
}

}  // namespace sotto::text
