// Models of any dimensions with random weights: for timing without a download, and for tests.
#pragma once

#include <cstdint>
#include <string>

#include "lib/format/gguf.h"
#include "lib/tensor/dtype.h"

namespace sotto::converter {

struct RandomWhisper {
  std::uint32_t width = 0, mel_bins = 0, vocabulary = 0;
  std::uint32_t encoder_layers = 0, decoder_layers = 0, heads = 0;
  std::uint32_t frames = 1500, tokens = 448;
};

struct RandomMoonshine {
  std::uint32_t hidden = 0, feed_forward = 0, vocabulary = 0;
  std::uint32_t encoder_layers = 0, decoder_layers = 0, heads = 0, kv_heads = 0, rotary_dim = 0;
};

struct RandomOptions {
  std::string name = "random";
  std::uint32_t seed = 1;
  tensor::Dtype dtype = tensor::Dtype::kF32;  // of matrices: what tensor::from_f32() takes
};

// Every tensor and key that models::Whisper reads, and no vocabulary; the last layer's heads are
// alignment heads. Matrices are scaled so that values stay of order one through the layers.
format::GgufWriter random_whisper(const RandomWhisper& d, const RandomOptions& options = {});

// Every tensor and key that models::Moonshine reads, and no vocabulary; the same.
format::GgufWriter random_moonshine(const RandomMoonshine& d, const RandomOptions& options = {});

}  // namespace sotto::converter
