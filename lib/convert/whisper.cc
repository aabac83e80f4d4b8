#include "lib/convert/whisper.h"

#include <algorithm>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/convert/alignment_heads.h"
#include "lib/convert/convert.h"
#include "lib/convert/fields.h"
#include "lib/convert/origin.h"
#include "lib/convert/tensor_map.h"
#include "lib/convert/whisper_tensors.h"
#include "lib/format/ggml.h"
#include "lib/format/gguf.h"
#include "lib/format/pytorch.h"
#include "lib/format/safetensors.h"
#include "lib/text/vocabulary.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::converter {
namespace {

using format::Ggml;
using format::GgufWriter;
using format::JsonConfig;
using format::Pytorch;
using format::Safetensors;

constexpr float kLayerNormEpsilon = 1e-5F;  // torch.nn.LayerNorm's own, which no source states
constexpr std::int64_t kMostLayers = 128;
constexpr std::int64_t kMostHeads = 128;
constexpr std::int64_t kMostWidth = 8192;
constexpr std::int64_t kMostFeedForward = 8 * kMostWidth;
constexpr std::int64_t kMostPositions = 8192;
constexpr std::int64_t kMostMelBins = 256;
constexpr std::int64_t kMostTokens = 1 << 20;

// What a source says of the model, wherever it says it.
struct Source {
  std::string_view format;
  std::filesystem::path file;  // that has the tensors
  std::span<const base::MappedFile> files;
  TensorSource tensors;
  WhisperNames names;
  WhisperDims dims;
  text::Vocabulary vocabulary = {};
  std::string vocabulary_name = {};
  std::vector<AlignmentHead> heads = {};  // empty: the default
  Description description;                // languages empty: those of the vocabulary
};

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

std::optional<Error> check_heads(const std::string& file, const WhisperDims& dims) {
  for (const WhisperDims::Stack* stack : {&dims.encoder, &dims.decoder}) {
    if (dims.width % stack->heads != 0) {
      return base::error(ErrorCode::kUnsupported, file, ": ", stack->heads,
                         " heads do not divide the width ", dims.width);
    }
  }
  return std::nullopt;
}

// ---------------------------------------------------------------------------- the vocabulary

// From where the caller says, or `beside`.
Status read_vocabulary(Source& source, const std::filesystem::path& beside,
                       const ConvertOptions& options) {
  const std::filesystem::path path = options.vocabulary.empty() ? beside : options.vocabulary;
  auto vocabulary = text::read_vocabulary(path, source.dims.vocabulary);
  if (!vocabulary) {
    Error failure = std::move(vocabulary).error();
    if (options.vocabulary.empty()) {
      failure.message += "; ConvertOptions.vocabulary (--vocab) says where else there is one";
    }
    return failure;
  }
  source.vocabulary = *std::move(vocabulary);
  source.vocabulary_name = path.string();
  return ok();
}

// The vocabulary as the file holds it; made into a tokenizer, so that what the library would refuse
// to load is refused here.
struct Tokens {
  std::vector<std::string> all;
  text::WhisperIds ids;
  std::vector<std::string> languages;
};

Result<Tokens> make_tokens(const Source& source) {
  auto tokens =
      text::whisper_tokens(source.vocabulary_name, source.vocabulary, source.dims.vocabulary);
  if (!tokens) return std::move(tokens).error();
  const std::vector<std::string_view> views(tokens->begin(), tokens->end());
  const auto tokenizer = text::WhisperTokenizer::create(source.vocabulary_name, views);
  if (!tokenizer) return tokenizer.error();
  const text::WhisperIds& ids = (*tokenizer)->ids();
  const auto codes = (*tokenizer)->language_codes();
  std::vector<std::string> languages = {"en"};
  if (ids.multilingual) languages.assign(codes.begin(), codes.end());
  return Tokens{*std::move(tokens), ids, std::move(languages)};
}

void add_tokens(GgufWriter& writer, const Tokens& tokens) {
  constexpr std::int32_t kNormal = 1, kControl = 3;
  std::vector<std::int32_t> types(tokens.all.size(), kControl);
  std::fill_n(types.begin(), tokens.ids.end_of_text, kNormal);
  writer.add_string("tokenizer.ggml.model", "gpt2");
  writer.add_string_array("tokenizer.ggml.tokens", tokens.all);
  writer.add_i32_array("tokenizer.ggml.token_type", types);
  writer.add_u32("tokenizer.ggml.bos_token_id", narrow(tokens.ids.start_of_transcript));
  writer.add_u32("tokenizer.ggml.eos_token_id", narrow(tokens.ids.end_of_text));
}

// ---------------------------------------------------------------------------- what is written

void add_dims(GgufWriter& writer, const WhisperDims& dims) {
  const auto add = [&](const std::string& key, std::uint32_t value) {
    writer.add_u32("whisper." + key, value);
  };
  add("embedding_length", dims.width);
  add("vocab_size", dims.vocabulary);
  add("mel_bins", dims.mel_bins);
  const std::pair<const char*, const WhisperDims::Stack*> stacks[] = {{"encoder.", &dims.encoder},
                                                                      {"decoder.", &dims.decoder}};
  for (const auto& [name, stack] : stacks) {
    add(base::concat(name, "block_count"), stack->layers);
    add(base::concat(name, "context_length"), stack->positions);
    add(base::concat(name, "feed_forward_length"), stack->feed_forward);
    add(base::concat(name, "attention.head_count"), stack->heads);
  }
  writer.add_f32("whisper.attention.layer_norm_epsilon", kLayerNormEpsilon);
}

Status add_heads(GgufWriter& writer, const Source& source, const ConvertOptions& options) {
  const WhisperDims& dims = source.dims;
  std::vector<AlignmentHead> heads = source.heads;
  if (!options.alignment_heads.empty()) {
    auto given =
        parse_alignment_heads(options.alignment_heads, dims.decoder.layers, dims.decoder.heads);
    if (!given) return std::move(given).error();
    heads = *std::move(given);
  } else if (heads.empty()) {
    heads = default_alignment_heads(
        {dims.encoder.layers, dims.decoder.layers, dims.width, dims.vocabulary},
        dims.decoder.heads);
  }
  std::vector<std::int32_t> flat;
  for (const AlignmentHead& head : heads) {
    flat.push_back(static_cast<std::int32_t>(head.layer));
    flat.push_back(static_cast<std::int32_t>(head.head));
  }
  writer.add_i32_array("whisper.alignment_heads", flat);
  return ok();
}

Status write(const Source& source, const std::filesystem::path& target,
             const ConvertOptions& options) {
  if (auto failure = check_heads(source.tensors.file, source.dims)) return *std::move(failure);
  const Result<Tokens> tokens = make_tokens(source);
  if (!tokens) return tokens.error();
  Description description = source.description;
  description.architecture = "whisper";
  if (!options.name.empty()) description.name = options.name;
  if (!options.license.empty()) description.license = options.license;
  if (!options.language.empty()) description.languages = {options.language};
  if (description.languages.empty()) description.languages = tokens->languages;

  GgufWriter writer;
  TensorMap map(source.tensors, writer, options);
  add_whisper_tensors(map, source.dims, source.names);
  add_description(writer, description);
  add_origin(writer, source.format, source.file, source.files);
  add_dims(writer, source.dims);
  if (Status s = add_heads(writer, source, options); !s) return s;
  add_tokens(writer, *tokens);
  if (auto failure = map.finish()) return *std::move(failure);
  return writer.write(target);
}

// ---------------------------------------------------------------------------- Hugging Face

Result<WhisperDims> read_config(const JsonConfig& json) {
  Fields fields(json);
  WhisperDims dims;
  dims.width = narrow(fields.integer("d_model", 1, kMostWidth));
  dims.vocabulary = narrow(fields.integer("vocab_size", 2, kMostTokens));
  dims.mel_bins = narrow(fields.integer("num_mel_bins", 1, kMostMelBins));
  const auto stack = [&](const std::string& name, std::string_view positions) {
    return WhisperDims::Stack{
        narrow(fields.integer(name + "_layers", 1, kMostLayers)),
        narrow(fields.integer(name + "_attention_heads", 1, kMostHeads)),
        narrow(fields.integer(positions, 1, kMostPositions)),
        narrow(fields.integer(name + "_ffn_dim", 1, kMostFeedForward)),
    };
  };
  dims.encoder = stack("encoder", "max_source_positions");
  dims.decoder = stack("decoder", "max_target_positions");
  fields.expect("activation_function", "gelu");
  fields.require(!fields.boolean_or("scale_embedding", false),
                 "scale_embedding is true, expected false");
  fields.require(fields.boolean_or("tie_word_embeddings", true),
                 "tie_word_embeddings is false, expected true");
  if (fields.failure()) return *fields.failure();
  return dims;
}

// A list that names what the decoder lacks is of the model that this one was distilled from: then,
// and where there is none, the default holds.
Result<std::vector<AlignmentHead>> heads_of(const std::filesystem::path& folder,
                                            const WhisperDims& dims) {
  const std::filesystem::path path = folder / "generation_config.json";
  if (std::error_code none; !std::filesystem::exists(path, none)) {
    return std::vector<AlignmentHead>();
  }
  const Result<JsonConfig> generation = JsonConfig::open(path);
  if (!generation) return generation.error();
  if (!generation->has("alignment_heads")) return std::vector<AlignmentHead>();
  const auto pairs = generation->pairs("alignment_heads", 0, UINT32_MAX);
  if (!pairs) return pairs.error();
  const bool ours = std::ranges::all_of(*pairs, [&](const auto& pair) {
    return pair.first < dims.decoder.layers && pair.second < dims.decoder.heads;
  });
  if (!ours) return std::vector<AlignmentHead>();
  return read_alignment_heads(*generation, dims.decoder.layers, dims.decoder.heads);
}

// ---------------------------------------------------------------------------- OpenAI, whisper.cpp

// `file` has the dimensions under the names of openai/whisper's ModelDimensions.
template <typename File>
Result<WhisperDims> read_dims(const File& file) {
  std::optional<Error> failure;
  const auto dim = [&](std::string_view name, std::int64_t most) {
    const Result<std::int64_t> value = file.dim(name, 1, most);
    if (!value && !failure) failure = value.error();
    return narrow(value ? *value : 1);
  };
  WhisperDims dims;
  dims.width = dim("n_audio_state", kMostWidth);
  dims.vocabulary = dim("n_vocab", kMostTokens);
  dims.mel_bins = dim("n_mels", kMostMelBins);
  const std::uint32_t feed_forward = 4 * dims.width;
  dims.encoder = {dim("n_audio_layer", kMostLayers), dim("n_audio_head", kMostHeads),
                  dim("n_audio_ctx", kMostPositions), feed_forward};
  dims.decoder = {dim("n_text_layer", kMostLayers), dim("n_text_head", kMostHeads),
                  dim("n_text_ctx", kMostPositions), feed_forward};
  const std::uint32_t decoder_width = dim("n_text_state", kMostWidth);
  if (failure) return *std::move(failure);
  if (decoder_width != dims.width) {
    return base::error(ErrorCode::kUnsupported, file.name(), ": n_text_state is ", decoder_width,
                       ", expected n_audio_state, ", dims.width);
  }
  return dims;
}

template <typename File>
Source source_of(const File& file, const WhisperDims& dims, std::string_view format,
                 WhisperNames names) {
  const std::filesystem::path& path = file.file()->path();
  return {.format = format,
          .file = path,
          .files = {file.file(), 1},
          .tensors = {file.name(), "Whisper", "its header", file.tensors()},
          .names = names,
          .dims = dims,
          .description = {.name = path.stem().string()}};
}

}  // namespace

Status convert_whisper_folder(const std::filesystem::path& folder, const JsonConfig& config,
                              const std::filesystem::path& target, const ConvertOptions& options) {
  const Result<WhisperDims> dims = read_config(config);
  if (!dims) return dims.error();
  const Result<Safetensors> weights = Safetensors::open_folder(folder);
  if (!weights) return weights.error();
  Result<std::vector<AlignmentHead>> heads = heads_of(folder, *dims);
  if (!heads) return std::move(heads).error();
  const ModelCard card = read_model_card(folder);
  Source source = {
      .format = "huggingface",
      .file = weights->name(),
      .files = weights->files(),
      .tensors = {weights->name(), "Whisper", "config.json", weights->tensors()},
      .names = WhisperNames::kHuggingFace,
      .dims = *dims,
      .heads = *std::move(heads),
      .description = {
          .name = folder_name(folder), .license = card.license, .languages = card.languages}};
  if (Status read = read_vocabulary(source, folder, options); !read) return read;
  return write(source, target, options);
}

Status convert_whisper_checkpoint(const std::filesystem::path& file,
                                  const std::filesystem::path& target,
                                  const ConvertOptions& options) {
  const Result<Pytorch> checkpoint = Pytorch::open(file);
  if (!checkpoint) return checkpoint.error();
  const Result<WhisperDims> dims = read_dims(*checkpoint);
  if (!dims) return dims.error();
  Source source = source_of(*checkpoint, *dims, "pytorch", WhisperNames::kOpenAi);
  const std::filesystem::path beside = std::filesystem::absolute(file).parent_path();
  if (Status read = read_vocabulary(source, beside, options); !read) return read;
  return write(source, target, options);
}

Status convert_whisper_ggml(const std::filesystem::path& file, const std::filesystem::path& target,
                            const ConvertOptions& options) {
  const Result<Ggml> model = Ggml::open(file);
  if (!model) return model.error();
  const Result<WhisperDims> dims = read_dims(*model);
  if (!dims) return dims.error();
  Source source = source_of(*model, *dims, "ggml", WhisperNames::kGgml);
  if (options.vocabulary.empty()) {
    source.vocabulary.assign(model->vocabulary().begin(), model->vocabulary().end());
    source.vocabulary_name = model->name();
  } else if (Status read = read_vocabulary(source, {}, options); !read) {
    return read;
  }
  return write(source, target, options);
}

}  // namespace sotto::converter
