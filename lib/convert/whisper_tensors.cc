#include "lib/convert/whisper_tensors.h"

#include <string>

#include "lib/base/error.h"

namespace sotto::converter {
namespace {

// What the sources call the parts of the model.
struct Naming {
  const char* prefix;
  const char* blocks;
  const char* positions;
  const char* tokens;
  const char* encoder_norm;
  const char* decoder_norm;
  const char* attention;
  const char* attention_norm;
  const char* cross_attention;
  const char* cross_attention_norm;
  const char* query;
  const char* key;
  const char* value;
  const char* out;
  const char* mlp_norm;
  const char* mlp_up;
  const char* mlp_down;
};

constexpr Naming kHuggingFace = {
    .prefix = "model.",
    .blocks = "layers",
    .positions = "embed_positions.weight",
    .tokens = "embed_tokens.weight",
    .encoder_norm = "layer_norm",
    .decoder_norm = "layer_norm",
    .attention = "self_attn",
    .attention_norm = "self_attn_layer_norm",
    .cross_attention = "encoder_attn",
    .cross_attention_norm = "encoder_attn_layer_norm",
    .query = "q_proj",
    .key = "k_proj",
    .value = "v_proj",
    .out = "out_proj",
    .mlp_norm = "final_layer_norm",
    .mlp_up = "fc1",
    .mlp_down = "fc2",
};

constexpr Naming kOpenAi = {
    .prefix = "",
    .blocks = "blocks",
    .positions = "positional_embedding",
    .tokens = "token_embedding.weight",
    .encoder_norm = "ln_post",
    .decoder_norm = "ln",
    .attention = "attn",
    .attention_norm = "attn_ln",
    .cross_attention = "cross_attn",
    .cross_attention_norm = "cross_attn_ln",
    .query = "query",
    .key = "key",
    .value = "value",
    .out = "out",
    .mlp_norm = "mlp_ln",
    .mlp_up = "mlp.0",
    .mlp_down = "mlp.2",
};

class Mapper {
 public:
  Mapper(TensorMap& map, const WhisperDims& dims, WhisperNames names)
      : map_(map),
        dims_(dims),
        in_(names == WhisperNames::kHuggingFace ? kHuggingFace : kOpenAi),
        conv_bias_is_matrix_(names == WhisperNames::kGgml),
        C(dims.width) {}

  void encoder() {
    const std::string from = base::concat(in_.prefix, "encoder.");
    convolution(from + "conv1", "encoder.conv1", dims_.mel_bins);
    convolution(from + "conv2", "encoder.conv2", C);
    map_.add(from + in_.positions, "encoder.position_embd.weight", {dims_.encoder.positions, C});
    for (std::uint32_t i = 0; i < dims_.encoder.layers; ++i) {
      block(base::concat(from, in_.blocks, ".", i, "."), base::concat("encoder.blk.", i, "."),
            dims_.encoder, false);
    }
    norm(from + in_.encoder_norm, "encoder.output_norm");
  }

  void decoder() {
    const std::string from = base::concat(in_.prefix, "decoder.");
    map_.add(from + in_.tokens, "decoder.token_embd.weight", {dims_.vocabulary, C});
    map_.add(from + in_.positions, "decoder.position_embd.weight", {dims_.decoder.positions, C});
    for (std::uint32_t i = 0; i < dims_.decoder.layers; ++i) {
      block(base::concat(from, in_.blocks, ".", i, "."), base::concat("decoder.blk.", i, "."),
            dims_.decoder, true);
    }
    norm(from + in_.decoder_norm, "decoder.output_norm");
  }

 private:
  void convolution(const std::string& from, const std::string& to, std::uint64_t channels) {
    constexpr std::uint64_t kTaps = 3;
    map_.add(from + ".weight", to + ".weight", {C, channels, kTaps});
    if (conv_bias_is_matrix_) {
      map_.add_reshaped(from + ".bias", {C, 1}, to + ".bias", {C});
    } else {
      map_.add(from + ".bias", to + ".bias", {C});
    }
  }

  void linear(const std::string& from, const std::string& to, std::uint64_t rows,
              std::uint64_t cols) {
    map_.add(from + ".weight", to + ".weight", {rows, cols});
    map_.add(from + ".bias", to + ".bias", {rows});
  }

  void norm(const std::string& from, const std::string& to) {
    map_.add(from + ".weight", to + ".weight", {C});
    map_.add(from + ".bias", to + ".bias", {C});
  }

  void attention(const std::string& from, const std::string& to) {
    linear(from + in_.query, to + "q", C, C);
    map_.add(from + in_.key + ".weight", to + "k.weight", {C, C});
    linear(from + in_.value, to + "v", C, C);
    linear(from + in_.out, to + "out", C, C);
  }

  void block(const std::string& from, const std::string& to, const WhisperDims::Stack& stack,
             bool crosses) {
    norm(from + in_.attention_norm, to + "attn_norm");
    attention(base::concat(from, in_.attention, "."), to + "attn_");
    if (crosses) {
      norm(from + in_.cross_attention_norm, to + "cross_attn_norm");
      attention(base::concat(from, in_.cross_attention, "."), to + "cross_attn_");
    }
    norm(from + in_.mlp_norm, to + "ffn_norm");
    linear(from + in_.mlp_up, to + "ffn_up", stack.feed_forward, C);
    linear(from + in_.mlp_down, to + "ffn_down", C, stack.feed_forward);
  }

  TensorMap& map_;
  const WhisperDims& dims_;
  const Naming& in_;
  bool conv_bias_is_matrix_;
  std::uint64_t C;
};

}  // namespace

void add_whisper_tensors(TensorMap& map, const WhisperDims& dims, WhisperNames names) {
  Mapper mapper(map, dims, names);
  mapper.encoder();
  mapper.decoder();
  if (names == WhisperNames::kHuggingFace) {
    map.ignore("proj_out.weight");  // the token embedding again
  }
}

}  // namespace sotto::converter
