// Moonshine models of any dimensions with random weights, made in memory.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/random_weights.h"

namespace sotto::test {

struct MoonshineDims {
  std::uint32_t hidden = 0, feed_forward = 0, vocabulary = 0;
  std::uint32_t encoder_layers = 0, decoder_layers = 0, heads = 0, kv_heads = 0, rotary_dim = 0;
};

inline constexpr MoonshineDims kMoonshineTiny = {288, 1152, 32768, 6, 6, 8, 8, 32};
inline constexpr MoonshineDims kMoonshineBase = {416, 1664, 32768, 8, 8, 8, 8, 32};

// Every tensor and key that models::Moonshine reads, in F32. Matrices are scaled so that values
// stay of order one through the layers.
inline format::GgufWriter random_moonshine(const MoonshineDims& d, std::uint32_t seed = 1) {
  format::GgufWriter file;
  RandomWeights weights(file, seed);
  const std::uint64_t C = d.hidden, F = d.feed_forward, V = d.vocabulary;
  const std::uint64_t kv = C / d.heads * d.kv_heads;

  file.add_string("general.architecture", "moonshine");
  file.add_string("general.name", "random");
  const auto key = [&file](const std::string& name, std::uint32_t value) {
    file.add_u32("moonshine." + name, value);
  };
  key("embedding_length", d.hidden);
  key("feed_forward_length", d.feed_forward);
  key("vocab_size", d.vocabulary);
  key("decoder_start_token_id", 1);
  for (const std::string stack : {"encoder.", "decoder."}) {
    key(stack + "block_count", stack == "encoder." ? d.encoder_layers : d.decoder_layers);
    key(stack + "attention.head_count", d.heads);
    key(stack + "attention.head_count_kv", d.kv_heads);
    key(stack + "rope.dimension_count", d.rotary_dim);
  }
  file.add_f32("moonshine.rope.freq_base", 10000.0F);
  file.add_f32("moonshine.attention.layer_norm_epsilon", 1e-5F);
  file.add_f32("moonshine.max_tokens_per_second", 6.5F);
  file.add_u32("tokenizer.ggml.eos_token_id", 2);

  weights.matrix("encoder.conv1.weight", {C, 1, 127});
  weights.vector("encoder.conv_norm.weight", C, 1.0F);
  weights.vector("encoder.conv_norm.bias", C, 0.0F);
  weights.matrix("encoder.conv2.weight", {2 * C, C, 7});
  weights.vector("encoder.conv2.bias", 2 * C, 0.1F);
  weights.matrix("encoder.conv3.weight", {C, 2 * C, 3});
  weights.vector("encoder.conv3.bias", C, 0.1F);
  const auto attention = [&](const std::string& name) {
    weights.matrix(name + "_q.weight", {C, C});
    weights.matrix(name + "_k.weight", {kv, C});
    weights.matrix(name + "_v.weight", {kv, C});
    weights.matrix(name + "_out.weight", {C, C});
  };
  const auto mlp = [&](const std::string& name, std::uint64_t up) {
    weights.vector(name + "ffn_norm.weight", C, 1.0F);
    weights.matrix(name + "ffn_up.weight", {up, C});
    weights.vector(name + "ffn_up.bias", up, 0.05F);
    weights.matrix(name + "ffn_down.weight", {C, F});
    weights.vector(name + "ffn_down.bias", C, 0.05F);
  };
  for (std::uint32_t i = 0; i < d.encoder_layers; ++i) {
    const std::string name = "encoder.blk." + std::to_string(i) + ".";
    weights.vector(name + "attn_norm.weight", C, 1.0F);
    attention(name + "attn");
    mlp(name, F);
  }
  weights.vector("encoder.output_norm.weight", C, 1.0F);
  weights.matrix("decoder.token_embd.weight", {V, C});
  for (std::uint32_t i = 0; i < d.decoder_layers; ++i) {
    const std::string name = "decoder.blk." + std::to_string(i) + ".";
    weights.vector(name + "attn_norm.weight", C, 1.0F);
    attention(name + "attn");
    weights.vector(name + "cross_attn_norm.weight", C, 1.0F);
    attention(name + "cross_attn");
    mlp(name, 2 * F);
  }
  weights.vector("decoder.output_norm.weight", C, 1.0F);
  return file;
}

// A second or more of something that is neither silence nor noise: a sweep with a beat.
inline std::vector<float> test_sound(std::size_t samples) {
  std::vector<float> sound(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / 16000.0;
    sound[i] = static_cast<float>(0.4 * std::sin(2 * 3.14159265358979 * (150.0 + 90.0 * t) * t) *
                                  std::sin(20.0 * t));
  }
  return sound;
}

}  // namespace sotto::test
