// The languages that Whisper knows, as the command line names them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::tools {

struct Language {
  std::string_view code;  // "en"
  std::string_view name;  // "english"
};

// In the order of Whisper's tokens, as the library has them.
std::span<const Language> languages();

// Other names of some.
std::span<const Language> language_aliases();

// Why `language` is none, with the one that may be meant: "no language is called "englsh"; did you
// mean english?". Empty where it is one: a code, a name or an alias, in any case.
std::string language_problem(const std::string& language);

}  // namespace sotto::tools
