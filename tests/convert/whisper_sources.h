// A small Whisper with random weights, as each of the checkpoints that the converter reads.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "tests/support/model_files.h"
#include "tests/support/temp_folder.h"

namespace sotto::test {

// English, so that it has the fewest tokens there are.
inline constexpr std::uint64_t kTexts = 50256, kTokens = 51864;

struct SmallWhisper {
  std::uint64_t width = 4, heads = 2, mels = 3, frames = 6, positions = 5;
  std::uint64_t encoder_layers = 1, decoder_layers = 3;
  tensor::Dtype matrices = tensor::Dtype::kF32;
  tensor::Dtype vectors = tensor::Dtype::kF32;

  Numbers dims() const {
    const auto n = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    return {{"n_mels", n(mels)},          {"n_vocab", n(kTokens)},
            {"n_audio_ctx", n(frames)},   {"n_audio_state", n(width)},
            {"n_audio_head", n(heads)},   {"n_audio_layer", n(encoder_layers)},
            {"n_text_ctx", n(positions)}, {"n_text_state", n(width)},
            {"n_text_head", n(heads)},    {"n_text_layer", n(decoder_layers)}};
  }

  std::string config_json() const {
    return base::concat(R"({"model_type":"whisper","d_model":)", width, R"(,"vocab_size":)",
                        kTokens, R"(,"num_mel_bins":)", mels, R"(,"encoder_layers":)",
                        encoder_layers, R"(,"decoder_layers":)", decoder_layers,
                        R"(,"encoder_attention_heads":)", heads, R"(,"decoder_attention_heads":)",
                        heads, R"(,"encoder_ffn_dim":)", 4 * width, R"(,"decoder_ffn_dim":)",
                        4 * width, R"(,"max_source_positions":)", frames,
                        R"(,"max_target_positions":)", positions,
                        R"(,"activation_function":"gelu","scale_embedding":false})");
  }

  // Under OpenAI's names. Numbers are multiples of 1/64 below 2, which every type holds.
  std::vector<SourceTensor> tensors() const {
    std::vector<SourceTensor> all;
    std::minstd_rand rng(1);
    const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& shape) {
      std::size_t count = 1;
      for (const std::uint64_t dim : shape) count *= dim;
      std::vector<float> values(count);
      for (float& value : values) value = static_cast<float>(rng() % 256) / 64.0F - 2.0F;
      const tensor::Dtype dtype = shape.size() > 1 ? matrices : vectors;
      std::string data(*tensor::byte_size(dtype, count), '\0');
      tensor::from_f32(dtype, values.data(), count, reinterpret_cast<std::byte*>(data.data()));
      all.push_back({name, dtype, shape, std::move(data)});
    };
    const std::uint64_t C = width;
    const auto norm = [&](const std::string& name) {
      add(name + ".weight", {C});
      add(name + ".bias", {C});
    };
    const auto linear = [&](const std::string& name, std::uint64_t rows, std::uint64_t cols) {
      add(name + ".weight", {rows, cols});
      add(name + ".bias", {rows});
    };
    const auto attention = [&](const std::string& name) {
      linear(name + ".query", C, C);
      add(name + ".key.weight", {C, C});
      linear(name + ".value", C, C);
      linear(name + ".out", C, C);
      norm(name + "_ln");
    };
    const auto blocks = [&](const std::string& stack, std::uint64_t layers, bool crosses) {
      for (std::uint64_t i = 0; i < layers; ++i) {
        const std::string name = base::concat(stack, ".blocks.", i, ".");
        attention(name + "attn");
        if (crosses) attention(name + "cross_attn");
        linear(name + "mlp.0", 4 * C, C);
        linear(name + "mlp.2", C, 4 * C);
        norm(name + "mlp_ln");
      }
    };
    add("encoder.conv1.weight", {C, mels, 3});
    add("encoder.conv1.bias", {C});
    add("encoder.conv2.weight", {C, C, 3});
    add("encoder.conv2.bias", {C});
    add("encoder.positional_embedding", {frames, C});
    blocks("encoder", encoder_layers, false);
    norm("encoder.ln_post");
    add("decoder.token_embedding.weight", {kTokens, C});
    add("decoder.positional_embedding", {positions, C});
    blocks("decoder", decoder_layers, true);
    norm("decoder.ln");
    return all;
  }
};

// OpenAI's names as Hugging Face's convert_openai_to_hf.py changes them, in order.
inline std::string hugging_face_name(std::string name) {
  constexpr std::pair<const char*, const char*> kChanges[] = {
      {"blocks", "layers"},
      {"mlp.0", "fc1"},
      {"mlp.2", "fc2"},
      {"mlp_ln", "final_layer_norm"},
      {".attn.query", ".self_attn.q_proj"},
      {".attn.key", ".self_attn.k_proj"},
      {".attn.value", ".self_attn.v_proj"},
      {".attn_ln", ".self_attn_layer_norm"},
      {".attn.out", ".self_attn.out_proj"},
      {".cross_attn.query", ".encoder_attn.q_proj"},
      {".cross_attn.key", ".encoder_attn.k_proj"},
      {".cross_attn.value", ".encoder_attn.v_proj"},
      {".cross_attn_ln", ".encoder_attn_layer_norm"},
      {".cross_attn.out", ".encoder_attn.out_proj"},
      {"decoder.ln.", "decoder.layer_norm."},
      {"token_embedding", "embed_tokens"},
      {"encoder.positional_embedding", "encoder.embed_positions.weight"},
      {"decoder.positional_embedding", "decoder.embed_positions.weight"},
      {"ln_post", "layer_norm"},
  };
  for (const auto& [from, to] : kChanges) {
    const std::size_t at = name.find(from);
    if (at != std::string::npos) name.replace(at, std::string_view(from).size(), to);
  }
  return std::string("model.") + name;
}

inline std::vector<SourceTensor> hugging_face_tensors(std::vector<SourceTensor> tensors) {
  for (SourceTensor& tensor : tensors) tensor.name = hugging_face_name(tensor.name);
  return tensors;
}

// whisper.cpp's converter keeps vectors and positions in F32, and biases of convolutions as
// columns.
inline std::vector<SourceTensor> ggml_tensors(std::vector<SourceTensor> tensors) {
  for (SourceTensor& tensor : tensors) {
    if (tensor.name.find("conv") != std::string::npos && tensor.shape.size() == 1) {
      tensor.shape.push_back(1);
    }
    if (tensor.name.find("positional") == std::string::npos) continue;
    std::vector<float> values(tensor.shape[0] * tensor.shape[1]);
    tensor::to_f32(tensor.dtype, reinterpret_cast<const std::byte*>(tensor.data.data()),
                   values.size(), values.data());
    tensor.dtype = tensor::Dtype::kF32;
    tensor.data.assign(reinterpret_cast<const char*>(values.data()), 4 * values.size());
  }
  return tensors;
}

// Text tokens: every byte, then made-up words.
inline std::vector<std::string> small_vocabulary() {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < kTexts; ++i) {
    all.push_back(i < 256 ? std::string(1, static_cast<char>(i)) : base::concat("t", i));
  }
  return all;
}

// The same as a .tiktoken file.
inline std::string small_tiktoken() {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string file;
  std::uint64_t rank = 0;
  for (const std::string& token : small_vocabulary()) {
    for (std::size_t i = 0; i < token.size(); i += 3) {
      std::uint32_t bits = 0;
      for (std::size_t j = 0; j < 3; ++j) {
        const char c = i + j < token.size() ? token[i + j] : '\0';
        bits = bits << 8 | static_cast<unsigned char>(c);
      }
      for (std::size_t j = 0; j < 4; ++j) {
        file += i + j < token.size() + 1 ? kDigits[bits >> (18 - 6 * j) & 63U] : '=';
      }
    }
    file += base::concat(" ", rank++, "\n");
  }
  return file;
}

}  // namespace sotto::test
