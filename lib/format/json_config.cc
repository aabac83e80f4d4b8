#include "lib/format/json_config.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/quote.h"

namespace sotto::format {

using nlohmann::json;

Result<JsonConfig> JsonConfig::open(const std::filesystem::path& path) {
  Result<base::MappedFile> file = base::MappedFile::open(path);
  if (!file) return std::move(file).error();
  const std::span<const std::byte> bytes = file->bytes();
  return parse(path.string(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<JsonConfig> JsonConfig::parse(std::string name, std::string_view text) {
  if (text.size() > kMaxBytes) {
    return base::error(ErrorCode::kCorruptFile, name, ": ", text.size(),
                       " bytes of JSON, expected at most ", kMaxBytes);
  }
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kMaxDepth; };
  auto object = std::make_shared<json>(json::parse(text, shallow, /*allow_exceptions=*/false));
  if (object->is_discarded()) {
    return base::error(ErrorCode::kCorruptFile, name, ": not valid JSON");
  }
  if (!object->is_object()) {
    return base::error(ErrorCode::kCorruptFile, name, ": is no JSON object");
  }
  return JsonConfig(std::move(name), std::move(object));
}

const json* JsonConfig::find(std::string_view key) const {
  const auto it = object_->find(std::string(key));
  return it == object_->end() || it->is_null() ? nullptr : &*it;
}

bool JsonConfig::has(std::string_view key) const { return find(key) != nullptr; }

Error JsonConfig::wrong(std::string_view key, const json* value, std::string_view expected) const {
  if (value == nullptr) {
    return base::error(ErrorCode::kCorruptFile, name_, ": ", key, " is missing");
  }
  const bool small = !value->is_structured();
  const std::string found =
      small ? base::quote(value->dump(-1, ' ', true, json::error_handler_t::replace))
            : std::string(value->is_array() ? "an array" : "an object");
  return base::error(ErrorCode::kCorruptFile, name_, ": ", key, " is ", found, ", expected ",
                     expected);
}

namespace {

std::optional<std::int64_t> integer_of(const json& value, std::int64_t least, std::int64_t most) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() ||
                     value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (!fits) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace

Result<std::int64_t> JsonConfig::integer(std::string_view key, std::int64_t least,
                                         std::int64_t most) const {
  const json* value = find(key);
  const auto number = value != nullptr ? integer_of(*value, least, most) : std::nullopt;
  if (number) return *number;
  return wrong(key, value, base::concat("an integer from ", least, " to ", most));
}

Result<double> JsonConfig::real(std::string_view key, double least, double most) const {
  const json* value = find(key);
  if (value != nullptr && value->is_number()) {
    const auto number = value->get<double>();
    if (number >= least && number <= most) return number;
  }
  return wrong(key, value, base::concat("a number from ", least, " to ", most));
}

Result<bool> JsonConfig::boolean(std::string_view key) const {
  const json* value = find(key);
  if (value != nullptr && value->is_boolean()) return value->get<bool>();
  return wrong(key, value, "true or false");
}

Result<std::string> JsonConfig::string(std::string_view key) const {
  const json* value = find(key);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  return wrong(key, value, "a string");
}

Result<JsonConfig::Pairs> JsonConfig::pairs(std::string_view key, std::int64_t least,
                                            std::int64_t most) const {
  const json* value = find(key);
  if (value == nullptr || !value->is_array()) return wrong(key, value, "an array of pairs");
  Pairs all;
  for (const json& pair : *value) {
    const bool two = pair.is_array() && pair.size() == 2;
    const auto first = two ? integer_of(pair[0], least, most) : std::nullopt;
    const auto second = two ? integer_of(pair[1], least, most) : std::nullopt;
    if (!first || !second) {
      return base::error(ErrorCode::kCorruptFile, name_, ": item ", all.size(), " of ", key,
                         " is not a pair of integers from ", least, " to ", most);
    }
    all.emplace_back(*first, *second);
  }
  return all;
}

}  // namespace sotto::format
