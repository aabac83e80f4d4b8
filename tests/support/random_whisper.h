// Whisper models of any dimensions with random weights, made in memory.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/random_weights.h"

namespace sotto::test {

struct WhisperDims {
  std::uint32_t width = 0, mel_bins = 0, vocabulary = 0;
  std::uint32_t encoder_layers = 0, decoder_layers = 0, heads = 0;
  std::uint32_t frames = 1500, tokens = 448;
};

inline constexpr WhisperDims kWhisperTiny = {384, 80, 51865, 4, 4, 6};
inline constexpr WhisperDims kWhisperBase = {512, 80, 51865, 6, 6, 8};
// Small enough for any test.
inline constexpr WhisperDims kWhisperMini = {32, 80, 300, 2, 2, 2, 50, 40};

// Every tensor and key that models::Whisper reads; the last layer's heads are alignment heads.
inline format::GgufWriter random_whisper(const WhisperDims& d, std::uint32_t seed = 1,
                                         tensor::Dtype dtype = tensor::Dtype::kF32) {
  format::GgufWriter file;
  RandomWeights weights(file, seed, dtype);
  const std::uint64_t C = d.width, F = 4 * C;

  file.add_string("general.architecture", "whisper");
  file.add_string("general.name", "random");
  const auto key = [&file](const std::string& name, std::uint32_t value) {
    file.add_u32("whisper." + name, value);
  };
  key("embedding_length", d.width);
  key("vocab_size", d.vocabulary);
  key("mel_bins", d.mel_bins);
  for (const bool encoder : {true, false}) {
    const std::string stack = encoder ? "encoder." : "decoder.";
    key(stack + "block_count", encoder ? d.encoder_layers : d.decoder_layers);
    key(stack + "context_length", encoder ? d.frames : d.tokens);
    key(stack + "feed_forward_length", 4 * d.width);
    key(stack + "attention.head_count", d.heads);
  }
  file.add_f32("whisper.attention.layer_norm_epsilon", 1e-5F);
  std::vector<std::int32_t> heads;
  for (std::uint32_t h = 0; h < d.heads; ++h) {
    heads.push_back(static_cast<std::int32_t>(d.decoder_layers - 1));
    heads.push_back(static_cast<std::int32_t>(h));
  }
  file.add_i32_array("whisper.alignment_heads", heads);

  const auto norm = [&](const std::string& name) {
    weights.vector(name + ".weight", C, 1.0F);
    weights.vector(name + ".bias", C, 0.02F);
  };
  const auto linear = [&](const std::string& name, std::uint64_t n, std::uint64_t k) {
    weights.matrix(name + ".weight", {n, k});
    weights.vector(name + ".bias", n, 0.05F);
  };
  const auto attention = [&](const std::string& name) {
    linear(name + "_q", C, C);
    weights.matrix(name + "_k.weight", {C, C});
    linear(name + "_v", C, C);
    linear(name + "_out", C, C);
  };
  const auto layer = [&](const std::string& name) {
    norm(name + "attn_norm");
    attention(name + "attn");
    norm(name + "ffn_norm");
    linear(name + "ffn_up", F, C);
    linear(name + "ffn_down", C, F);
  };
  weights.matrix("encoder.conv1.weight", {C, d.mel_bins, 3});
  weights.vector("encoder.conv1.bias", C, 0.1F);
  weights.matrix("encoder.conv2.weight", {C, C, 3});
  weights.vector("encoder.conv2.bias", C, 0.1F);
  weights.table("encoder.position_embd.weight", {d.frames, C});
  for (std::uint32_t i = 0; i < d.encoder_layers; ++i) {
    layer("encoder.blk." + std::to_string(i) + ".");
  }
  norm("encoder.output_norm");
  weights.matrix("decoder.token_embd.weight", {d.vocabulary, C});
  weights.table("decoder.position_embd.weight", {d.tokens, C});
  for (std::uint32_t i = 0; i < d.decoder_layers; ++i) {
    const std::string name = "decoder.blk." + std::to_string(i) + ".";
    layer(name);
    norm(name + "cross_attn_norm");
    attention(name + "cross_attn");
  }
  norm("decoder.output_norm");
  return file;
}

}  // namespace sotto::test
