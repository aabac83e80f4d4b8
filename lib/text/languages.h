// The languages that Whisper knows (openai/whisper, tokenizer.py: LANGUAGES, TO_LANGUAGE_CODE).
#pragma once

#include <sotto/sotto.hpp>

#include <span>
#include <string_view>

namespace sotto::text {

// In the order of their tokens; a vocabulary has the first 99 or all of them.
std::span<const Language> languages() noexcept;

// Other names of some.
std::span<const Language> language_aliases() noexcept;

// The code of a language given by its code, name or alias ("castilian"), ASCII letters in any case;
// empty where there is none.
std::string_view language_code(std::string_view language) noexcept;

}  // namespace sotto::text
