// Reads a model file's hyper-parameters, each checked for its range.
#pragma once

#include <sotto/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "lib/base/error.h"
#include "lib/format/gguf.h"

namespace sotto::models {

// The first failure is kept, so that a model reads its keys in a list of calls and asks once.
class KeyReader {
 public:
  explicit KeyReader(const format::Gguf& file) : file_(file) {}

  std::uint32_t count(const std::string& key, std::uint32_t least, std::uint32_t most) {
    return checked(file_.u32(key), key, least, most);
  }
  float real(const std::string& key, float least, float most) {
    return checked(file_.f32(key), key, least, most);
  }
  void require(bool holds, const std::string& what) {
    if (!holds && !failure_) {
      failure_ = base::error(ErrorCode::kCorruptFile, file_.name(), ": ", what);
    }
  }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  template <typename T>
  T checked(Result<T> value, const std::string& key, T least, T most) {
    if (!value) {
      if (!failure_) failure_ = std::move(value).error();
      return least;
    }
    const bool inside = *value >= least && *value <= most;  // false for a NaN
    require(inside, base::concat(key, " is ", *value, ", expected ", least, " to ", most));
    return inside ? *value : least;
  }

  const format::Gguf& file_;
  std::optional<Error> failure_;
};

}  // namespace sotto::models
