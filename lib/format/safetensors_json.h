// The two JSON texts of safetensors, read event by event: no tree is built, so that nesting cannot
// exhaust the stack, small text cannot become a large tree, and a key given twice is seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/tensor/dtype.h"

namespace sotto::format {

// No JSON text of a model is longer; the limit is that of the reference reader.
inline constexpr std::uint64_t kMaxJsonBytes = 100'000'000;

struct HeaderTensor {
  std::string name;
  tensor::Dtype dtype = tensor::Dtype::kF32;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;  // of its bytes, from the end of the header
  std::uint64_t end = 0;
};

struct ShardEntry {
  std::string name;  // of the tensor
  std::string file;  // as the index says it, unchecked
};

// In the order of the text. `file` is for messages. Names may still occur twice, and the numbers
// are as the text has them.
Result<std::vector<HeaderTensor>> parse_header(std::string_view file,
                                               std::span<const std::byte> text);
Result<std::vector<ShardEntry>> parse_index(std::string_view file, std::span<const std::byte> text);

}  // namespace sotto::format
