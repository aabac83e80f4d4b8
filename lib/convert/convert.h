// From checkpoints of other programs to GGUF.
#pragma once

#include <sotto/sotto.hpp>

#include <string>
#include <vector>

namespace sotto::converter {

// Finds out what `source` is and writes `target`; sotto::convert() behind its wall.
Status convert(const std::filesystem::path& source, const std::filesystem::path& target,
               const ConvertOptions& options);

// What the README.md of a Hugging Face folder states between the two lines "---" at its head.
struct ModelCard {
  std::string license;
  std::vector<std::string> languages;
};
ModelCard read_model_card(const std::filesystem::path& folder);

}  // namespace sotto::converter
