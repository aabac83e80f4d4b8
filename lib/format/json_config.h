// The small JSON files beside a checkpoint: config.json, generation_config.json.
#pragma once

#include <sotto/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sotto::format {

// The members of a file's top-level object, each read with its type and range. Errors name the
// file, the key, what was found and what was expected. Values nested deeper than kMaxDepth are
// dropped.
class JsonConfig {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
  static constexpr int kMaxDepth = 8;

  static Result<JsonConfig> open(const std::filesystem::path& path);
  static Result<JsonConfig> parse(std::string name, std::string_view text);

  const std::string& name() const noexcept { return name_; }

  // False where the key is missing or its value is null.
  bool has(std::string_view key) const;
  Result<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) const;
  Result<double> real(std::string_view key, double least, double most) const;
  Result<bool> boolean(std::string_view key) const;
  Result<std::string> string(std::string_view key) const;
  // [[a, b], [c, d], ...], each number from `least` to `most`.
  using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;
  Result<Pairs> pairs(std::string_view key, std::int64_t least, std::int64_t most) const;

 private:
  JsonConfig(std::string name, std::shared_ptr<const nlohmann::json> object)
      : name_(std::move(name)), object_(std::move(object)) {}
  const nlohmann::json* find(std::string_view key) const;
  Error wrong(std::string_view key, const nlohmann::json* value, std::string_view expected) const;

  std::string name_;
  std::shared_ptr<const nlohmann::json> object_;
};

}  // namespace sotto::format
