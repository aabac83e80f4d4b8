#include "lib/convert/random_models.h"

#include <vector>

#include "lib/convert/random_weights.h"

namespace sotto::converter {

using format::GgufWriter;

GgufWriter random_whisper(const RandomWhisper& d, const RandomOptions& options) {
  GgufWriter file;
  RandomWeights weights(file, options.seed, options.dtype);
  const std::uint64_t C = d.width, F = 4 * C;

  file.add_string("general.architecture", "whisper");
  file.add_string("general.name", options.name);
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
  weights.convolution("encoder.conv1.weight", {C, d.mel_bins, 3});
  weights.vector("encoder.conv1.bias", C, 0.1F);
  weights.convolution("encoder.conv2.weight", {C, C, 3});
  weights.vector("encoder.conv2.bias", C, 0.1F);
  weights.table("encoder.position_embd.weight", {d.frames, C});
  for (std::uint32_t i = 0; i < d.encoder_layers; ++i) {
    layer("encoder.blk." + std::to_string(i) + ".");
  }
  norm("encoder.output_norm");
  weights.matrix("decoder.token_embd.weight", {d.vocabulary, C});
  weights.matrix("decoder.position_embd.weight", {d.tokens, C});
  for (std::uint32_t i = 0; i < d.decoder_layers; ++i) {
    const std::string name = "decoder.blk." + std::to_string(i) + ".";
    layer(name);
    norm(name + "cross_attn_norm");
    attention(name + "cross_attn");
  }
  norm("decoder.output_norm");
  return file;
}

GgufWriter random_moonshine(const RandomMoonshine& d, const RandomOptions& options) {
  GgufWriter file;
  RandomWeights weights(file, options.seed, options.dtype);
  const std::uint64_t C = d.hidden, F = d.feed_forward, V = d.vocabulary;
  const std::uint64_t kv = C / d.heads * d.kv_heads;

  file.add_string("general.architecture", "moonshine");
  file.add_string("general.name", options.name);
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

  weights.convolution("encoder.conv1.weight", {C, 1, 127});
  weights.vector("encoder.conv_norm.weight", C, 1.0F);
  weights.vector("encoder.conv_norm.bias", C, 0.0F);
  weights.convolution("encoder.conv2.weight", {2 * C, C, 7});
  weights.vector("encoder.conv2.bias", 2 * C, 0.1F);
  weights.convolution("encoder.conv3.weight", {C, 2 * C, 3});
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

}  // namespace sotto::converter
