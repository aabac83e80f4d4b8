#include "lib/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sotto::text {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kSigma = 0x3C3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kCapitalIWithDot = 0x130;
constexpr char32_t kDotAbove = 0x307;

utf8proc_int32_t raw(char32_t code) { return static_cast<utf8proc_int32_t>(code); }

utf8proc_propval_t combining_class(char32_t code) {
  return utf8proc_get_property(raw(code))->combining_class;
}

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t code) {
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return code >= range.first && code <= range.last; });
}

// The property Case_Ignorable.
bool is_case_ignorable(char32_t code) {
  // What is so for its Word_Break; the rest is so for its category.
  constexpr std::array<Range, 16> kWithinWords = {{{0x27, 0x27},
                                                   {0x2E, 0x2E},
                                                   {0x3A, 0x3A},
                                                   {0xB7, 0xB7},
                                                   {0x387, 0x387},
                                                   {0x55F, 0x55F},
                                                   {0x5F4, 0x5F4},
                                                   {0x2018, 0x2019},
                                                   {0x2024, 0x2024},
                                                   {0x2027, 0x2027},
                                                   {0xFE13, 0xFE13},
                                                   {0xFE52, 0xFE52},
                                                   {0xFE55, 0xFE55},
                                                   {0xFF07, 0xFF07},
                                                   {0xFF0E, 0xFF0E},
                                                   {0xFF1A, 0xFF1A}}};
  switch (utf8proc_category(raw(code))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: return is_in(kWithinWords, code);
  }
}

// The property Cased, of characters that are not Case_Ignorable.
bool is_cased(char32_t code) {
  // Ordinals, Roman numbers, letters in circles and squares.
  constexpr std::array<Range, 7> kOtherCased = {{{0xAA, 0xAA},
                                                 {0xBA, 0xBA},
                                                 {0x2160, 0x217F},
                                                 {0x24B6, 0x24E9},
                                                 {0x1F130, 0x1F149},
                                                 {0x1F150, 0x1F169},
                                                 {0x1F170, 0x1F189}}};
  switch (utf8proc_category(raw(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT: return true;
    default: return is_in(kOtherCased, code);
  }
}

// Final_Sigma of The Unicode Standard, table 3-17: after a cased letter and not before one.
bool is_final(std::u32string_view text, std::size_t sigma) {
  const auto counts = [](char32_t code) { return !is_case_ignorable(code); };
  const std::u32string_view before = text.substr(0, sigma);
  const auto left = std::find_if(before.rbegin(), before.rend(), counts);
  if (left == before.rend() || !is_cased(*left)) return false;
  const std::u32string_view after = text.substr(sigma + 1);
  const auto right = std::ranges::find_if(after, counts);
  return right == after.end() || !is_cased(*right);
}

// utf8proc's own loop sorts marks in quadratic time, so it gets characters one by one.
std::vector<utf8proc_int32_t> decompose(std::u32string_view text) {
  constexpr auto kForm =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
  std::array<utf8proc_int32_t, 32> parts{};  // 18 is the most that a character has
  std::vector<utf8proc_int32_t> all;
  for (const char32_t code : text) {
    int boundary = 0;
    const utf8proc_ssize_t count = utf8proc_decompose_char(
        raw(code), parts.data(), static_cast<utf8proc_ssize_t>(parts.size()), kForm, &boundary);
    if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
      all.push_back(raw(code));
    } else {
      all.insert(all.end(), parts.begin(), parts.begin() + count);
    }
  }
  const auto class_of = [](utf8proc_int32_t code) {
    return combining_class(static_cast<char32_t>(code));
  };
  for (auto at = all.begin(); at != all.end();) {
    const auto end = std::find_if(at, all.end(), [&](auto code) { return class_of(code) == 0; });
    std::ranges::stable_sort(at, end, {}, class_of);
    at = std::find_if(end, all.end(), [&](auto code) { return class_of(code) != 0; });
  }
  return all;
}

}  // namespace

char category_group(char32_t code) { return *utf8proc_category_string(raw(code)); }

bool is_nonspacing_mark(char32_t code) {
  return utf8proc_category(raw(code)) == UTF8PROC_CATEGORY_MN;
}

bool is_white_space(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= 0x09 && code <= 0x0D);
  return code == 0x85 || category_group(code) == 'Z';
}

bool is_python_space(char32_t code) {
  return (code >= 0x1C && code <= 0x1F) || is_white_space(code);
}

bool is_word_character(char32_t code) {
  const char group = category_group(code);
  return group == 'L' || group == 'N' || code == '_';
}

int decimal_digit(char32_t code) {
  const auto is_decimal = [](char32_t c) {
    return utf8proc_category(raw(c)) == UTF8PROC_CATEGORY_ND;
  };
  if (code < 0x80) return code >= '0' && code <= '9' ? static_cast<int>(code - '0') : -1;
  if (!is_decimal(code)) return -1;
  char32_t first = code;  // the digits of a script are ten characters in order
  while (is_decimal(first - 1)) --first;
  return static_cast<int>((code - first) % 10);
}

std::u32string lower(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t code = text[i];
    if (code == kCapitalSigma) {
      out += is_final(text, i) ? kFinalSigma : kSigma;
    } else {
      out += static_cast<char32_t>(utf8proc_tolower(raw(code)));
      if (code == kCapitalIWithDot) out += kDotAbove;
    }
  }
  return out;
}

std::u32string nfkd(std::u32string_view text) {
  const auto all = decompose(text);
  return {all.begin(), all.end()};
}

std::u32string nfkc(std::u32string_view text) {
  auto all = decompose(text);
  const utf8proc_ssize_t length =
      utf8proc_normalize_utf32(all.data(), static_cast<utf8proc_ssize_t>(all.size()),
                               static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  return {all.begin(), all.begin() + std::max<utf8proc_ssize_t>(length, 0)};
}

std::size_t first_grapheme(std::u32string_view text) {
  utf8proc_int32_t state = 0;
  std::size_t length = 1;
  while (length < text.size() &&
         !utf8proc_grapheme_break_stateful(raw(text[length - 1]), raw(text[length]), &state)) {
    ++length;
  }
  return length;
}

}  // namespace sotto::text
