#include "tools/languages.h"

#include <sotto/sotto.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "tools/suggest.h"

namespace sotto::tools {
namespace {

// All that --language may be given.
std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Language& each : languages()) all.emplace_back(each.name);
  for (const Language& each : language_aliases()) all.emplace_back(each.name);
  for (const Language& each : languages()) all.emplace_back(each.code);
  return all;
}

}  // namespace

std::string language_problem(const std::string& language) {
  const std::vector<std::string> all = names();
  if (std::find(all.begin(), all.end(), CLI::detail::to_lower(language)) != all.end()) return "";
  std::string problem = "no language is called \"";
  return problem.append(language).append("\"").append(did_you_mean(language, all));
}

}  // namespace sotto::tools
