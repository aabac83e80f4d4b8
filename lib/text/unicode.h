// Characters and texts as The Unicode Standard has them, through libutf8proc, with the results of
// Python's str, re and unicodedata (Python 3.11, Unicode 14).
#pragma once

#include <string>
#include <string_view>

namespace sotto::text {

// The first letter of the general category: L letter, M mark, N number, P punctuation, S symbol,
// Z separator, C other (controls, and what is not assigned or no character at all).
char category_group(char32_t code);

bool is_nonspacing_mark(char32_t code);  // general category Mn

// The property White_Space, which \s means to the `regex` of tiktoken.
bool is_white_space(char32_t code);

// What str.isspace(), str.split() and \s of `re` take for a blank: White_Space and the four
// separators U+001C to U+001F.
bool is_python_space(char32_t code);

// \w of `re`: letters, numbers and the underscore.
bool is_word_character(char32_t code);

// The value of a decimal digit of any script, \d of `re`; -1 for other characters.
int decimal_digit(char32_t code);

// str.lower(): one character may become two, and a sigma depends on what is around it.
std::u32string lower(std::u32string_view text);

// Normalization forms KD and KC. Take O(n log n) time however many marks follow each other.
std::u32string nfkd(std::u32string_view text);
std::u32string nfkc(std::u32string_view text);

// Characters of `text`'s first extended grapheme cluster, what a reader takes for one character.
// At least 1; requires: text is not empty.
std::size_t first_grapheme(std::u32string_view text);

}  // namespace sotto::text
