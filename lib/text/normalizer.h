// Whisper's text normalisers, which published word error rates are measured after: two spellings of
// the same words become one (openai/whisper, normalizers/, to the letter).
#pragma once

#include <string>
#include <string_view>

namespace sotto::text {

struct BasicNormalizerOptions {
  bool remove_diacritics = false;
  bool split_letters = false;  // a blank after each character, for languages without words
};

// BasicTextNormalizer, for any language: small letters, what stands in brackets left out, and
// blanks for marks, punctuation and symbols. Any bytes are taken; the result is UTF-8. As in the
// reference, a blank may be left at either end.
std::string normalize_basic(std::string_view text, const BasicNormalizerOptions& options = {});

// EnglishTextNormalizer: also contractions and titles in full, numbers in digits, American
// spelling.
std::string normalize_english(std::string_view text);

}  // namespace sotto::text
