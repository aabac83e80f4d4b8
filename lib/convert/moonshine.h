// Hugging Face Moonshine v1 folders to GGUF.
#pragma once

#include <sotto/sotto.hpp>

#include "lib/format/json_config.h"

namespace sotto::converter {

// `config` is the folder's config.json, whose model_type is "moonshine". Writes every key and
// tensor that models::Moonshine reads; README.md has the list.
Status convert_moonshine(const std::filesystem::path& folder, const format::JsonConfig& config,
                         const std::filesystem::path& target, const ConvertOptions& options);

}  // namespace sotto::converter
