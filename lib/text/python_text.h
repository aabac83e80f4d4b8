// What Python's str and re do to texts of characters, as far as the normalisers need it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/unicode.h"

namespace sotto::text {

inline bool is_ascii_digit(char32_t code) { return code >= U'0' && code <= U'9'; }
inline bool is_ascii_small(char32_t code) { return code >= U'a' && code <= U'z'; }

// \b: a word character on one side of `at` and none on the other. Requires: at <= text.size().
inline bool is_boundary(std::u32string_view text, std::size_t at) {
  const bool before = at > 0 && is_word_character(text[at - 1]);
  const bool after = at < text.size() && is_word_character(text[at]);
  return before != after;
}

// Where the blanks that begin at `at` end; `at` where there are none.
inline std::size_t skip_blanks(std::u32string_view text, std::size_t at) {
  while (at < text.size() && is_python_space(text[at])) ++at;
  return at;
}

// str.split(): the words between blanks, as parts of `text`.
inline std::vector<std::u32string_view> split_words(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  for (std::size_t begin = skip_blanks(text, 0); begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && !is_python_space(text[end])) ++end;
    words.push_back(text.substr(begin, end - begin));
    begin = skip_blanks(text, end);
  }
  return words;
}

}  // namespace sotto::text
