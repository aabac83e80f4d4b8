#include "lib/convert/synthetic.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/convert/random_models.h"
#include "lib/tensor/dtype.h"
#include "lib/text/model_proto.h"
#include "lib/text/vocabulary.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::converter {
namespace {

using format::GgufWriter;
using tensor::Dtype;

// openai/whisper, README.md and model.py's checkpoints.
constexpr std::pair<std::string_view, RandomWhisper> kWhispers[] = {
    {"whisper:tiny", {384, 80, 51865, 4, 4, 6}},
    {"whisper:base", {512, 80, 51865, 6, 6, 8}},
    {"whisper:small", {768, 80, 51865, 12, 12, 12}},
    {"whisper:medium", {1024, 80, 51865, 24, 24, 16}},
    {"whisper:large-v3", {1280, 128, 51866, 32, 32, 20}},
    {"whisper:turbo", {1280, 128, 51866, 32, 4, 20}},
};
// config.json of UsefulSensors/moonshine-tiny and moonshine-base.
constexpr std::pair<std::string_view, RandomMoonshine> kMoonshines[] = {
    {"moonshine:tiny", {288, 1152, 32768, 6, 6, 8, 8, 32}},
    {"moonshine:base", {416, 1664, 32768, 8, 8, 8, 8, 32}},
};

// The type of a name in lower case that tensor::from_f32() writes; what it does not, it leaves as
// it is.
Result<Dtype> parse_type(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const std::optional<Dtype> dtype = tensor::dtype_from_name(upper);
  if (dtype && tensor::convertible(*dtype)) {
    const tensor::Block block = tensor::block(*dtype);
    const std::vector<float> ones(block.elements, 1.0F);
    std::vector<std::byte> bytes(block.bytes);
    tensor::from_f32(*dtype, ones.data(), ones.size(), bytes.data());
    if (std::ranges::any_of(bytes, [](std::byte b) { return b != std::byte{0}; })) return *dtype;
  }
  return base::error(ErrorCode::kUnsupported, "synthetic weights of type ", base::quote(text),
                     ", expected f32, f16 or another type that sotto writes");
}

// Each byte, then pairs of bytes: as many text tokens as a real vocabulary has.
Status add_whisper_tokens(GgufWriter& file, std::size_t size) {
  const Result<std::vector<std::string>> special = text::WhisperTokenizer::special_names(size);
  if (!special) return special.error();
  text::Vocabulary vocabulary;
  for (std::size_t i = 0; i < size - special->size(); ++i) {
    std::string token(1, static_cast<char>(i % 256));
    if (i >= 256) token.insert(token.begin(), static_cast<char>(i / 256 - 1));
    vocabulary.push_back(std::move(token));
  }
  const auto tokens = text::whisper_tokens("synthetic", vocabulary, size);
  if (!tokens) return tokens.error();
  file.add_string("tokenizer.ggml.model", "gpt2");
  file.add_string_array("tokenizer.ggml.tokens", *tokens);
  return ok();
}

void add_moonshine_tokens(GgufWriter& file, std::size_t size) {
  text::ModelProto model;
  using enum text::PieceType;
  model.pieces = {{"<unk>", 0, kUnknown}, {"<s>", 0, kControl}, {"</s>", 0, kControl}};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    model.pieces.push_back(
        {std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">", 0, kByte});
  }
  while (model.pieces.size() < size) {
    model.pieces.push_back({base::concat(text::kSpaceSymbol, "w", model.pieces.size()),
                            -static_cast<float>(model.pieces.size()), kNormal});
  }
  model.bos_id = 1;
  model.eos_id = 2;
  const std::string proto = text::write_model_proto(model);
  file.add_string("tokenizer.ggml.model", "sentencepiece");
  file.add_bytes("tokenizer.ggml.sentencepiece_model", std::as_bytes(std::span(proto)));
}

std::string known_names() {
  std::string names;
  for (const auto& [name, dims] : kWhispers) names += base::concat(name, ", ");
  for (const auto& [name, dims] : kMoonshines) names += base::concat(name, ", ");
  return names.substr(0, names.size() - 2);
}

}  // namespace

Result<std::vector<std::byte>> synthetic_model(std::string_view model, std::string_view type) {
  const Result<Dtype> dtype = parse_type(type);
  if (!dtype) return dtype.error();
  const RandomOptions options{.name = std::string(model), .dtype = *dtype};
  for (const auto& [name, dims] : kWhispers) {
    if (name != model) continue;
    GgufWriter file = random_whisper(dims, options);
    if (Status status = add_whisper_tokens(file, dims.vocabulary); !status) {
      return std::move(status).error();
    }
    return file.write_to_memory();
  }
  for (const auto& [name, dims] : kMoonshines) {
    if (name != model) continue;
    GgufWriter file = random_moonshine(dims, options);
    add_moonshine_tokens(file, dims.vocabulary);
    return file.write_to_memory();
  }
  return base::error(ErrorCode::kInvalidArgument, "no synthetic model ", base::quote(model),
                     ", expected one of ", known_names());
}

}  // namespace sotto::converter
