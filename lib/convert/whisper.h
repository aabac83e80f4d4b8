// Whisper checkpoints to GGUF: Hugging Face folders, OpenAI's .pt, whisper.cpp's ggml-*.bin.
#pragma once

#include <sotto/sotto.hpp>

#include "lib/format/json_config.h"

namespace sotto::converter {

// Each writes every key and tensor of README.md's list; the same model gives the same tensors from
// all three. The vocabulary comes from options.vocabulary or else from the folder, from beside the
// .pt file, from within the ggml file.

// `config` is the folder's config.json, whose model_type is "whisper".
Status convert_whisper_folder(const std::filesystem::path& folder, const format::JsonConfig& config,
                              const std::filesystem::path& target, const ConvertOptions& options);
Status convert_whisper_checkpoint(const std::filesystem::path& file,
                                  const std::filesystem::path& target,
                                  const ConvertOptions& options);
Status convert_whisper_ggml(const std::filesystem::path& file, const std::filesystem::path& target,
                            const ConvertOptions& options);

}  // namespace sotto::converter
