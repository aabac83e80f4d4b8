// The languages that Whisper knows (openai/whisper, tokenizer.py: LANGUAGES, TO_LANGUAGE_CODE).
#pragma once

#include <span>
#include <string_view>

namespace sotto::text {

struct Language {
  std::string_view code;  // "en"
  std::string_view name;  // "english"
};

// In the order of their tokens; a vocabulary has the first 99 or all of them.
std::span<const Language> languages() noexcept;

// The code of a language given by its code, name or alias ("castilian"), ASCII letters in any case;
// empty where there is none.
std::string_view language_code(std::string_view language) noexcept;

}  // namespace sotto::text
