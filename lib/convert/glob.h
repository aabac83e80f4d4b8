// Patterns of names.
#pragma once

#include <string_view>

namespace sotto::converter {

// Whether `pattern` describes all of `text`: * stands for any characters, also none, ? for one, and
// everything else for itself. Takes at most the product of the lengths in steps.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace sotto::converter
