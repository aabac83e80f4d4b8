// GGUF files of ours to other types.
#pragma once

#include <sotto/sotto.hpp>

namespace sotto::converter {

// The same model with other weights: tensors by TypePolicy, metadata copied byte for byte but for
// what says the types, and the name, license and language where the options have one. `target` may
// be `source`. Options that a file cannot be given afterwards are errors.
Status convert_gguf(const std::filesystem::path& source, const std::filesystem::path& target,
                    const ConvertOptions& options);

}  // namespace sotto::converter
