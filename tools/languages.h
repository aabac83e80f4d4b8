// Languages as the command line is given them.
#pragma once

#include <string>

namespace sotto::tools {

// Why `language` is none, with the one that may be meant: "no language is called "englsh"; did you
// mean english?". Empty where it is one: a code, a name or an alias, in any case.
std::string language_problem(const std::string& language);

}  // namespace sotto::tools
