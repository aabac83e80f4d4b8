#include "tools/weight_types.h"

#include <CLI/CLI.hpp>

namespace sotto::tools {

const std::map<std::string, WeightType>& weight_types() {
  static const std::map<std::string, WeightType> kTypes = {
      {"exact", WeightType::kExact}, {"f32", WeightType::kF32},   {"f16", WeightType::kF16},
      {"bf16", WeightType::kBF16},   {"q8_0", WeightType::kQ8_0}, {"q4_0", WeightType::kQ4_0}};
  return kTypes;
}

std::pair<std::string, WeightType> parse_keep(const std::string& option, const std::string& text) {
  const std::size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0) {
    throw CLI::ValidationError(option, "\"" + text + "\" is not PATTERN=TYPE");
  }
  const std::string type = CLI::detail::to_lower(text.substr(at + 1));
  const auto found = weight_types().find(type);
  if (found == weight_types().end()) {
    std::string known;
    for (const auto& [name, value] : weight_types()) known += (known.empty() ? "" : ", ") + name;
    throw CLI::ValidationError(option, "the type is \"" + type + "\", expected one of " + known);
  }
  return {text.substr(0, at), found->second};
}

}  // namespace sotto::tools
