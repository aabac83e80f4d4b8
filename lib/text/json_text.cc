#include "lib/text/json_text.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "lib/base/error.h"

namespace sotto::text {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxJsonBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxJsonDepth = 16;
constexpr std::size_t kMaxJsonValues = std::size_t{4} << 20;

// Bounds what parsing can cost, before parsing.
std::optional<std::string> over_limits(std::string_view text) {
  if (text.size() > kMaxJsonBytes) {
    return base::concat("has ", text.size(), " bytes, expected at most ", kMaxJsonBytes);
  }
  std::size_t depth = 0;
  std::size_t values = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' || c == '[' || c == '{') ++values;
    if (depth > kMaxJsonDepth) return base::concat("is nested deeper than ", kMaxJsonDepth);
    if (values > kMaxJsonValues) return base::concat("holds more than ", kMaxJsonValues, " values");
  }
  return std::nullopt;
}

}  // namespace

Result<json> parse_json(std::string_view text, std::string_view name) {
  if (const std::optional<std::string> excess = over_limits(text)) {
    return base::error(ErrorCode::kUnsupported, name, ": ", *excess);
  }
  json root = json::parse(text.begin(), text.end(), nullptr, false);
  if (root.is_discarded()) {
    return base::error(ErrorCode::kCorruptFile, name, ": is not well-formed JSON");
  }
  return Result<json>(std::move(root));
}

}  // namespace sotto::text
