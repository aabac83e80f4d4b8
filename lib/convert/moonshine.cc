#include "lib/convert/moonshine.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/convert/convert.h"
#include "lib/convert/fields.h"
#include "lib/convert/origin.h"
#include "lib/convert/tensor_map.h"
#include "lib/format/gguf.h"
#include "lib/format/safetensors.h"
#include "lib/text/tokenizer_json.h"

namespace sotto::converter {
namespace {

using format::GgufWriter;
using format::JsonConfig;
using format::Safetensors;

constexpr std::int64_t kMostSize = 1 << 20;

// What config.json says of the model, as transformers' MoonshineConfig reads it.
struct Config {
  std::int64_t hidden = 0, feed_forward = 0, vocabulary = 0, positions = 0;
  struct Stack {
    std::int64_t layers = 0, heads = 0, kv_heads = 0, rotary_dim = 0;
  } encoder, decoder;
  double rope_base = 10000.0;
  std::int64_t start_token = 1, end_token = 2;
  bool tied = true;
};

Result<Config> read_config(const JsonConfig& json) {
  Fields fields(json);
  Config c;
  c.hidden = fields.integer("hidden_size", 1, 8192);
  c.feed_forward = fields.integer("intermediate_size", 1, 65536);
  c.vocabulary = fields.integer("vocab_size", 2, kMostSize);
  c.positions = fields.integer_or("max_position_embeddings", 512, 1, kMostSize);
  c.rope_base = fields.real_or("rope_theta", 10000.0, 1.0, 1e9);
  c.tied = fields.boolean_or("tie_word_embeddings", true);
  c.end_token = fields.integer_or("eos_token_id", 2, 0, c.vocabulary - 1);
  c.start_token = fields.integer_or("decoder_start_token_id", 1, 0, c.vocabulary - 1);
  const double rotary = fields.real_or("partial_rotary_factor", 0.9, 0.0, 1.0);
  const auto stack = [&](const std::string& name) {
    Config::Stack s;
    s.layers = fields.integer(name + "_num_hidden_layers", 1, 128);
    s.heads = fields.integer(name + "_num_attention_heads", 1, 128);
    s.kv_heads = fields.integer_or(name + "_num_key_value_heads", s.heads, 1, 128);
    fields.require(c.hidden % s.heads == 0 && s.heads % s.kv_heads == 0,
                   base::concat("hidden_size ", c.hidden, ", ", s.heads, " heads and ", s.kv_heads,
                                " key/value heads of the ", name, " do not divide each other"));
    const std::int64_t head_dim = c.hidden / s.heads;
    s.rotary_dim = static_cast<std::int64_t>(static_cast<double>(head_dim) * rotary);
    fields.require(s.rotary_dim >= 2 && s.rotary_dim % 2 == 0,
                   base::concat("partial_rotary_factor rotates ", s.rotary_dim, " of the ",
                                head_dim, " dimensions of a head, expected an even number"));
    return s;
  };
  c.encoder = stack("encoder");
  c.decoder = stack("decoder");
  fields.expect("encoder_hidden_act", "gelu");
  fields.expect("decoder_hidden_act", "silu");
  fields.require(!json.has("rope_scaling"), "rope_scaling is set, expected null");
  if (fields.failure()) return *fields.failure();
  return c;
}

// ---------------------------------------------------------------------------- tensors

void add_tensors(TensorMap& map, const Config& c) {
  const auto size = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  const std::uint64_t C = size(c.hidden), F = size(c.feed_forward), V = size(c.vocabulary);

  const auto attention = [&](const std::string& from, const std::string& to,
                             const Config::Stack& stack) {
    const std::uint64_t kv = C / size(stack.heads) * size(stack.kv_heads);
    const std::pair<const char*, std::uint64_t> parts[] = {{"q", C}, {"k", kv}, {"v", kv}};
    for (const auto& [part, rows] : parts) {
      const std::string source = base::concat(from, ".", part, "_proj.");
      const std::string target = base::concat(to, "_", part, ".");
      map.add(source + "weight", target + "weight", {rows, C});
      map.add_if_present(source + "bias", target + "bias", {rows});
    }
    map.add(from + ".o_proj.weight", to + "_out.weight", {C, C});
  };
  const auto mlp = [&](const std::string& from, const std::string& to, std::uint64_t up_rows) {
    map.add(from + "mlp.fc1.weight", to + "ffn_up.weight", {up_rows, C});
    map.add(from + "mlp.fc1.bias", to + "ffn_up.bias", {up_rows});
    map.add(from + "mlp.fc2.weight", to + "ffn_down.weight", {C, F});
    map.add(from + "mlp.fc2.bias", to + "ffn_down.bias", {C});
  };

  map.add("model.encoder.conv1.weight", "encoder.conv1.weight", {C, 1, 127});
  map.add("model.encoder.groupnorm.weight", "encoder.conv_norm.weight", {C});
  map.add("model.encoder.groupnorm.bias", "encoder.conv_norm.bias", {C});
  map.add("model.encoder.conv2.weight", "encoder.conv2.weight", {2 * C, C, 7});
  map.add("model.encoder.conv2.bias", "encoder.conv2.bias", {2 * C});
  map.add("model.encoder.conv3.weight", "encoder.conv3.weight", {C, 2 * C, 3});
  map.add("model.encoder.conv3.bias", "encoder.conv3.bias", {C});
  for (std::int64_t i = 0; i < c.encoder.layers; ++i) {
    const std::string from = base::concat("model.encoder.layers.", i, ".");
    const std::string to = base::concat("encoder.blk.", i, ".");
    map.add(from + "input_layernorm.weight", to + "attn_norm.weight", {C});
    attention(from + "self_attn", to + "attn", c.encoder);
    map.add(from + "post_attention_layernorm.weight", to + "ffn_norm.weight", {C});
    mlp(from, to, F);
  }
  map.add("model.encoder.layer_norm.weight", "encoder.output_norm.weight", {C});

  map.add("model.decoder.embed_tokens.weight", "decoder.token_embd.weight", {V, C});
  for (std::int64_t i = 0; i < c.decoder.layers; ++i) {
    const std::string from = base::concat("model.decoder.layers.", i, ".");
    const std::string to = base::concat("decoder.blk.", i, ".");
    map.add(from + "input_layernorm.weight", to + "attn_norm.weight", {C});
    attention(from + "self_attn", to + "attn", c.decoder);
    map.add(from + "post_attention_layernorm.weight", to + "cross_attn_norm.weight", {C});
    attention(from + "encoder_attn", to + "cross_attn", c.decoder);
    map.add(from + "final_layernorm.weight", to + "ffn_norm.weight", {C});
    mlp(from, to, 2 * F);
  }
  map.add("model.decoder.norm.weight", "decoder.output_norm.weight", {C});
  if (c.tied) {
    map.ignore("proj_out.weight");  // the same numbers again
  } else {
    map.add("proj_out.weight", "decoder.output.weight", {V, C});
  }
}

// ---------------------------------------------------------------------------- metadata

// Tokens a second of speech takes at most: Moonshine's own core and its list of models.
constexpr float kLatinTokensPerSecond = 6.5F;
constexpr float kOtherTokensPerSecond = 13.0F;

bool other_script(std::string_view language) {
  constexpr std::string_view kOther[] = {"ar", "fa", "he", "hi", "ja",
                                         "ko", "ru", "th", "uk", "zh"};
  return std::find(std::begin(kOther), std::end(kOther), language) != std::end(kOther);
}

void add_metadata(GgufWriter& writer, const Config& c, const std::filesystem::path& folder,
                  const ConvertOptions& options) {
  const ModelCard card = read_model_card(folder);
  const std::string license = options.license.empty() ? card.license : options.license;
  std::string language = options.language;
  if (language.empty() && !card.languages.empty()) language = card.languages.front();
  add_description(writer,
                  {"moonshine", options.name.empty() ? folder_name(folder) : options.name, license,
                   language.empty() ? std::vector<std::string>() : std::vector{language}});
  const auto add = [&](const std::string& key, std::int64_t value) {
    writer.add_u32("moonshine." + key, static_cast<std::uint32_t>(value));
  };
  add("embedding_length", c.hidden);
  add("feed_forward_length", c.feed_forward);
  add("vocab_size", c.vocabulary);
  add("context_length", c.positions);
  add("decoder_start_token_id", c.start_token);
  const std::pair<const char*, const Config::Stack*> stacks[] = {{"encoder.", &c.encoder},
                                                                 {"decoder.", &c.decoder}};
  for (const auto& [stack, s] : stacks) {
    add(base::concat(stack, "block_count"), s->layers);
    add(base::concat(stack, "attention.head_count"), s->heads);
    add(base::concat(stack, "attention.head_count_kv"), s->kv_heads);
    add(base::concat(stack, "rope.dimension_count"), s->rotary_dim);
  }
  writer.add_f32("moonshine.rope.freq_base", static_cast<float>(c.rope_base));
  writer.add_f32("moonshine.attention.layer_norm_epsilon", 1e-5F);
  float rate = options.max_tokens_per_second;
  if (rate == 0) rate = other_script(language) ? kOtherTokensPerSecond : kLatinTokensPerSecond;
  writer.add_f32("moonshine.max_tokens_per_second", rate);
}

Status add_tokenizer(GgufWriter& writer, const Config& c, const std::filesystem::path& folder) {
  const Result<base::MappedFile> file = base::MappedFile::open(folder / "tokenizer.json");
  if (!file) return file.error();
  const std::span<const std::byte> bytes = file->bytes();
  const Result<std::string> proto = text::sentencepiece_from_tokenizer_json(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file->path().string());
  if (!proto) return proto.error();
  writer.add_string("tokenizer.ggml.model", "sentencepiece");
  writer.add_bytes("tokenizer.ggml.sentencepiece_model", std::as_bytes(std::span(*proto)));
  writer.add_u32("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(c.start_token));
  writer.add_u32("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(c.end_token));
  return ok();
}

}  // namespace

Status convert_moonshine(const std::filesystem::path& folder, const JsonConfig& config,
                         const std::filesystem::path& target, const ConvertOptions& options) {
  if (!(options.max_tokens_per_second >= 0 && options.max_tokens_per_second <= 100)) {
    return base::error(ErrorCode::kInvalidArgument, "max_tokens_per_second is ",
                       options.max_tokens_per_second, ", expected 0 to 100");
  }
  Result<Config> c = read_config(config);
  if (!c) return std::move(c).error();
  // generation_config.json, where there is one, has the last word on the special tokens.
  if (std::error_code none; std::filesystem::exists(folder / "generation_config.json", none)) {
    const Result<JsonConfig> generation = JsonConfig::open(folder / "generation_config.json");
    if (!generation) return generation.error();
    Fields fields(*generation);
    c->end_token = fields.integer_or("eos_token_id", c->end_token, 0, c->vocabulary - 1);
    c->start_token =
        fields.integer_or("decoder_start_token_id", c->start_token, 0, c->vocabulary - 1);
    if (fields.failure()) return *fields.failure();
  }
  const Result<Safetensors> weights = Safetensors::open_folder(folder);
  if (!weights) return weights.error();

  GgufWriter writer;
  add_metadata(writer, *c, folder, options);
  if (Status status = add_tokenizer(writer, *c, folder); !status) return status;
  TensorMap map({weights->name(), "Moonshine", "config.json", weights->tensors()}, writer, options);
  add_tensors(map, *c);
  if (std::optional<Error> failure = map.finish()) return *std::move(failure);
  return writer.write(target);
}

}  // namespace sotto::converter
