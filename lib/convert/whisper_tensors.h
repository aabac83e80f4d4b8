// Whisper's tensors under the names of its three kinds of checkpoint.
#pragma once

#include <cstdint>

#include "lib/convert/tensor_map.h"

namespace sotto::converter {

struct WhisperDims {
  std::uint32_t width = 0, vocabulary = 0, mel_bins = 0;
  struct Stack {
    std::uint32_t layers = 0, heads = 0, positions = 0, feed_forward = 0;
  } encoder, decoder;
};

enum class WhisperNames {
  kHuggingFace,
  kOpenAi,
  kGgml,  // OpenAI's, but the biases of convolutions are [C, 1]
};

// Adds every tensor of README.md's list to `map`.
void add_whisper_tensors(TensorMap& map, const WhisperDims& dims, WhisperNames names);

}  // namespace sotto::converter
