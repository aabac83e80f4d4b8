// Whisper's hyper-parameters and weights, out of its model file.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/models/key_reader.h"
#include "lib/models/weight_loader.h"
#include "lib/models/whisper.h"

namespace sotto::models {

// ---------------------------------------------------------------------------- hyper-parameters

namespace {

WhisperConfig::Stack read_stack(KeyReader& keys, const std::string& stack, std::uint32_t width) {
  const std::string prefix = "whisper." + stack + ".";
  WhisperConfig::Stack config;
  config.layers = keys.count(prefix + "block_count", 1, 128);
  config.heads = keys.count(prefix + "attention.head_count", 1, 128);
  config.context = keys.count(prefix + "context_length", 4, 8192);
  config.feed_forward = keys.count(prefix + "feed_forward_length", 1, 65536);
  keys.require(width % config.heads == 0,
               base::concat("embedding_length ", width, " is no multiple of the ", stack, "'s ",
                            config.heads, " heads"));
  keys.require(width / config.heads <= 128,
               base::concat("the ", stack, "'s heads are ", width / config.heads,
                            " wide, at most 128 is supported"));
  return config;
}

}  // namespace

Result<WhisperConfig> WhisperConfig::read(const format::Gguf& file) {
  KeyReader keys(file);
  WhisperConfig config;
  config.width = keys.count("whisper.embedding_length", 1, 8192);
  config.mel_bins = keys.count("whisper.mel_bins", 1, 256);
  config.vocabulary = keys.count("whisper.vocab_size", 2, 1U << 20);
  config.encoder = read_stack(keys, "encoder", config.width);
  config.decoder = read_stack(keys, "decoder", config.width);
  config.norm_eps = keys.real("whisper.attention.layer_norm_epsilon", 1e-12F, 1.0F);
  if (keys.failure()) return *keys.failure();

  const Result<std::vector<std::int32_t>> heads = file.i32_array("whisper.alignment_heads");
  if (!heads) return heads.error();
  keys.require(heads->size() % 2 == 0, "whisper.alignment_heads are not pairs of layer and head");
  for (std::size_t i = 0; i + 1 < heads->size(); i += 2) {
    const Head head{static_cast<std::uint32_t>((*heads)[i]),
                    static_cast<std::uint32_t>((*heads)[i + 1])};  // a negative one is too large
    keys.require(head.layer < config.decoder.layers && head.head < config.decoder.heads,
                 base::concat("whisper.alignment_heads has head ", head.head, " of layer ",
                              head.layer, ", the decoder has ", config.decoder.layers,
                              " layers of ", config.decoder.heads));
    config.alignment_heads.push_back(head);
  }
  keys.require(
      config.alignment_heads.size() <= std::size_t{config.decoder.layers} * config.decoder.heads,
      "whisper.alignment_heads has more heads than the decoder");
  if (keys.failure()) return *keys.failure();
  return config;
}

// ---------------------------------------------------------------------------- weights

Result<std::unique_ptr<const Whisper>> Whisper::load(const format::Gguf& file, graph::Isa cap) {
  Result<WhisperConfig> read = WhisperConfig::read(file);
  if (!read) return std::move(read).error();
  std::unique_ptr<Whisper> model(new Whisper(*std::move(read), cap));
  const WhisperConfig& config = model->config_;
  WeightLoader load(file, model->store_);
  const std::size_t C = config.width, V = config.vocabulary;

  const auto norm = [&](const std::string& name) {
    return Norm{load.vector(name + ".weight", C), load.vector(name + ".bias", C)};
  };
  // Layers that read the same input, as one product. The keys have no bias.
  const auto joined = [&](const std::vector<std::string>& names) {
    std::vector<Rows> weights, biases;
    for (const std::string& name : names) {
      weights.push_back({name + ".weight", C});
      biases.push_back({name + ".bias", C});
    }
    return Linear{load.joined(weights, C), load.joined_optional(biases)};
  };
  const auto linear = [&](const std::string& name, std::size_t n, std::size_t k) {
    return Linear{load.matrix(name + ".weight", n, k), load.vector(name + ".bias", n)};
  };
  const auto layer = [&](const std::string& name, std::size_t F) {
    Layer l;
    l.attention_norm = norm(name + "attn_norm");
    l.qkv = joined({name + "attn_q", name + "attn_k", name + "attn_v"});
    l.out = linear(name + "attn_out", C, C);
    l.ffn_norm = norm(name + "ffn_norm");
    l.up = linear(name + "ffn_up", F, C);
    l.down = linear(name + "ffn_down", C, F);
    return l;
  };
  const auto convolution = [&](const std::string& name, std::size_t c_in) {
    return Linear{load.convolution(name + ".weight", C, c_in, kWhisperConvTaps),
                  load.vector(name + ".bias", C)};
  };

  model->conv1_ = convolution("encoder.conv1", config.mel_bins);
  model->conv2_ = convolution("encoder.conv2", C);
  model->encoder_positions_ = load.table("encoder.position_embd.weight", config.encoder.context, C);
  for (std::uint32_t i = 0; i < config.encoder.layers && !load.failure(); ++i) {
    model->encoder_.push_back(
        layer(base::concat("encoder.blk.", i, "."), config.encoder.feed_forward));
  }
  model->encoder_norm_ = norm("encoder.output_norm");

  model->embedding_ = load.matrix("decoder.token_embd.weight", V, C);
  model->decoder_positions_ =
      load.matrix("decoder.position_embd.weight", config.decoder.context, C);
  for (std::uint32_t i = 0; i < config.decoder.layers && !load.failure(); ++i) {
    const std::string name = base::concat("decoder.blk.", i, ".");
    Layer l = layer(name, config.decoder.feed_forward);
    l.cross_norm = norm(name + "cross_attn_norm");
    l.cross_q = linear(name + "cross_attn_q", C, C);
    l.cross_kv = joined({name + "cross_attn_k", name + "cross_attn_v"});
    l.cross_out = linear(name + "cross_attn_out", C, C);
    model->decoder_.push_back(l);
  }
  model->decoder_norm_ = norm("decoder.output_norm");

  if (load.failure()) return *load.failure();
  return std::unique_ptr<const Whisper>(std::move(model));
}

graph::Dtype Whisper::cache_dtype() const noexcept {
  return embedding_.dtype == graph::Dtype::kF32 ? graph::Dtype::kF32 : graph::Dtype::kF16;
}

}  // namespace sotto::models
