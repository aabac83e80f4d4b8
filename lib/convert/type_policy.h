// The type in which each tensor of a file is stored.
#pragma once

#include <sotto/sotto.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/format/gguf.h"
#include "lib/tensor/dtype.h"

namespace sotto::converter {

// README.md, "Types", has the rules. Names and shapes are those of our files.
class TypePolicy {
 public:
  using Shape = std::vector<std::uint64_t>;

  // Refers to `options`, which must outlive this object.
  explicit TypePolicy(const ConvertOptions& options);

  // Of a tensor that the source has as `found`. Counts it for the functions below.
  tensor::Dtype choose(std::string_view name, const Shape& shape, tensor::Dtype found);

  // An error for the first of ConvertOptions::keep whose pattern no name matched.
  std::optional<Error> unused() const;

  // general.file_type: ggml's number of the type that was asked for, or if no tensor has it, of the
  // one most values have. general.quantization_version where a tensor is quantised.
  void add_keys(format::GgufWriter& writer) const;

 private:
  const ConvertOptions& options_;
  std::vector<bool> used_;                         // of options_.keep
  std::map<tensor::Dtype, std::uint64_t> values_;  // how many each type has
};

// The keys that add_keys() may add.
inline constexpr std::string_view kFileTypeKey = "general.file_type";
inline constexpr std::string_view kQuantizationKey = "general.quantization_version";

}  // namespace sotto::converter
