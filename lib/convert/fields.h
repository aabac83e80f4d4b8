// Reads settings from the JSON files beside a checkpoint.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/format/json_config.h"

namespace sotto::converter {

// Reads keys and remembers the first failure, so that a configuration is read in a list of calls
// and the failure asked for once. What a failed call returns is in range and means nothing.
class Fields {
 public:
  explicit Fields(const format::JsonConfig& json) : json_(json) {}

  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most) {
    return take(json_.integer(key, least, most), least);
  }
  std::int64_t integer_or(std::string_view key, std::int64_t otherwise, std::int64_t least,
                          std::int64_t most) {
    return json_.has(key) ? integer(key, least, most) : otherwise;
  }
  double real_or(std::string_view key, double otherwise, double least, double most) {
    return json_.has(key) ? take(json_.real(key, least, most), least) : otherwise;
  }
  bool boolean_or(std::string_view key, bool otherwise) {
    return json_.has(key) ? take(json_.boolean(key), otherwise) : otherwise;
  }
  // A setting that the graph has built in.
  void expect(std::string_view key, std::string_view value) {
    if (!json_.has(key)) return;
    const std::string found = take(json_.string(key), std::string(value));
    require(found == value,
            base::concat(key, " is ", base::quote(found), ", expected \"", value, "\""));
  }
  void require(bool holds, const std::string& what) {
    if (!holds && !failure_) {
      failure_ = base::error(ErrorCode::kUnsupported, json_.name(), ": ", what);
    }
  }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  template <typename T>
  T take(Result<T> value, T otherwise) {
    if (value) return *std::move(value);
    if (!failure_) failure_ = std::move(value).error();
    return otherwise;
  }

  const format::JsonConfig& json_;
  std::optional<Error> failure_;
};

}  // namespace sotto::converter
