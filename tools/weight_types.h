// Types of weights on the command line.
#pragma once

#include <sotto/sotto.hpp>

#include <map>
#include <string>
#include <utility>

namespace sotto::tools {

// The names that users write, in lower case.
const std::map<std::string, WeightType>& weight_types();

// "PATTERN=TYPE", the type in any case; what stands before the last = is the pattern. Throws a
// CLI::ValidationError about `option` for anything else.
std::pair<std::string, WeightType> parse_keep(const std::string& option, const std::string& text);

}  // namespace sotto::tools
