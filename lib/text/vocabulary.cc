#include "lib/text/vocabulary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/quote.h"
#include "lib/text/byte_alphabet.h"
#include "lib/text/json_text.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::text {
namespace {

using base::error;
using base::quote;
using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{32} << 20;

// Tokens in the order in which a file has them, with their ids. Each id has to come once.
class Collector {
 public:
  explicit Collector(std::string_view name) : name_(name) {}

  template <typename... What>
  Error corrupt(const What&... what) const {
    return error(ErrorCode::kCorruptFile, name_, ": ", what...);
  }

  void add(std::string bytes, std::uint64_t id) { tokens_.push_back({std::move(bytes), id}); }

  // Two lists may name the same token.
  Result<Vocabulary> take() {
    std::vector<bool> seen(tokens_.size());
    Vocabulary all(tokens_.size());
    std::size_t count = 0;
    for (Token& token : tokens_) {
      if (token.id >= all.size()) {
        return corrupt("token ", quote(token.bytes), " has the id ", token.id,
                       ", which leaves a gap: there are ", all.size(), " tokens");
      }
      const auto id = static_cast<std::size_t>(token.id);
      if (!seen[id]) {
        seen[id] = true;
        all[id] = std::move(token.bytes);
        ++count;
      } else if (all[id] != token.bytes) {
        return corrupt("tokens ", quote(all[id]), " and ", quote(token.bytes), " have the id ", id);
      }
    }
    all.resize(count);
    for (std::size_t id = 0; id < count; ++id) {
      if (!seen[id]) return corrupt("no token has the id ", id);
    }
    return all;
  }

 private:
  struct Token {
    std::string bytes;
    std::uint64_t id;
  };
  std::string_view name_;
  std::vector<Token> tokens_;
};

// RFC 4648; "=" alone stands for no bytes, as Python reads it.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static constexpr auto kValues = [kDigits] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
      values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
  }();
  if (text == "=") return std::string();
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with('=')) text.remove_suffix(1);
  if (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;  // how many of the lowest bits are not written yet
  for (const char c : text) {
    const int digit = kValues[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFFU);
  }
  const bool leftover = (bits & ((1U << held) - 1)) != 0 || held == 6;
  return leftover ? std::nullopt : std::optional(std::move(bytes));
}

std::optional<std::uint64_t> id_of(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<std::uint64_t>();
}

// {token: id}, in the byte alphabet or as it is.
Status collect(Collector& to, const json& object, std::string_view what, bool printable) {
  if (!object.is_object()) return to.corrupt(what, " is not an object");
  for (const auto& [text, value] : object.items()) {
    const std::optional<std::uint64_t> id = id_of(value);
    if (!id) return to.corrupt("token ", quote(text), " of ", what, " has no id");
    std::optional<std::string> bytes = printable ? bytes_from_printable(text) : text;
    if (!bytes) {
      return to.corrupt("token ", quote(text), " of ", what,
                        " has a character outside the byte alphabet");
    }
    to.add(*std::move(bytes), *id);
  }
  return ok();
}

Result<base::MappedFile> open_bounded(const std::filesystem::path& path) {
  Result<base::MappedFile> file = base::MappedFile::open(path);
  if (file && file->bytes().size() > kMaxFileBytes) {
    return error(ErrorCode::kUnsupported, path, ": has ", file->bytes().size(),
                 " bytes, expected at most ", kMaxFileBytes);
  }
  return file;
}

std::string_view text_of(const base::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

Result<Vocabulary> read_file(const std::filesystem::path& path,
                             const std::optional<std::filesystem::path>& added_path = {}) {
  const Result<base::MappedFile> file = open_bounded(path);
  if (!file) return file.error();
  const std::string name = path.string();
  if (path.extension() == ".tiktoken") return parse_tiktoken(name, text_of(*file));
  if (path.filename() == "tokenizer.json") return parse_tokenizer_vocab(name, text_of(*file));
  if (!added_path) return parse_vocab_json(name, text_of(*file));
  const Result<base::MappedFile> added = open_bounded(*added_path);
  if (!added) return added.error();
  return parse_vocab_json(name, text_of(*file), text_of(*added));
}

// "<|nospeech|>" was "<|nocaptions|>" in the vocabularies of Whisper's first release.
bool same_special(std::string_view found, std::string_view expected) {
  return found == expected || (found == "<|nocaptions|>" && expected == "<|nospeech|>");
}

// The first of the tokens after the text that does not have the name at its place.
std::optional<std::size_t> first_other(std::span<const std::string> found,
                                       const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i >= names.size() || !same_special(found[i], names[i])) return i;
  }
  return std::nullopt;
}

}  // namespace

Result<Vocabulary> parse_tiktoken(std::string_view name, std::string_view text) {
  Collector tokens(name);
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t blank = std::min(line.find(' '), line.size());
    std::optional<std::string> bytes = from_base64(line.substr(0, blank));
    std::uint64_t rank = 0;
    const char* last = line.data() + line.size();
    const char* first = line.data() + std::min(blank + 1, line.size());
    const auto [stop, failure] = std::from_chars(first, last, rank);
    if (!bytes || failure != std::errc() || stop != last) {
      return tokens.corrupt("line ", line_number, " is ", quote(line),
                            ", expected a token in base64, a blank and its rank");
    }
    tokens.add(*std::move(bytes), rank);
  }
  return tokens.take();
}

Result<Vocabulary> parse_vocab_json(std::string_view name, std::string_view text,
                                    std::string_view added) {
  Collector tokens(name);
  const Result<json> vocabulary = parse_json(text, name);
  if (!vocabulary) return vocabulary.error();
  if (Status s = collect(tokens, *vocabulary, "the vocabulary", true); !s) {
    return std::move(s).error();
  }
  if (!added.empty()) {
    const Result<json> names = parse_json(added, "added_tokens.json");
    if (!names) return names.error();
    if (Status s = collect(tokens, *names, "added_tokens.json", false); !s) {
      return std::move(s).error();
    }
  }
  return tokens.take();
}

Result<Vocabulary> parse_tokenizer_vocab(std::string_view name, std::string_view text) {
  Collector tokens(name);
  const Result<json> root = parse_json(text, name);
  if (!root) return root.error();
  if (!root->is_object() || !root->contains("model") || !(*root)["model"].is_object() ||
      !(*root)["model"].contains("vocab")) {
    return tokens.corrupt("has no \"model\".\"vocab\"");
  }
  if (Status s = collect(tokens, (*root)["model"]["vocab"], "the vocabulary", true); !s) {
    return std::move(s).error();
  }
  if (!root->contains("added_tokens")) return tokens.take();
  const json& added = (*root)["added_tokens"];
  if (!added.is_array()) return tokens.corrupt("\"added_tokens\" is not an array");
  for (const json& token : added) {
    const bool whole = token.is_object() && token.contains("id") && token.contains("content");
    const std::optional<std::uint64_t> id = whole ? id_of(token["id"]) : std::nullopt;
    if (!id || !token["content"].is_string()) {
      return tokens.corrupt("one of \"added_tokens\" lacks an id or content");
    }
    tokens.add(token["content"].get<std::string>(), *id);
  }
  return tokens.take();
}

Result<Vocabulary> read_vocabulary(const std::filesystem::path& path, std::size_t size) {
  constexpr std::size_t kMultilingual = 51865;  // tokens of the smallest multilingual Whisper
  std::error_code none;
  if (!std::filesystem::is_directory(path, none)) return read_file(path);
  const auto has = [&](const char* file) { return std::filesystem::exists(path / file, none); };
  if (has("vocab.json")) {
    std::optional<std::filesystem::path> added;
    if (has("added_tokens.json")) added = path / "added_tokens.json";
    return read_file(path / "vocab.json", added);
  }
  if (has("tokenizer.json")) return read_file(path / "tokenizer.json");
  const char* tiktoken = size >= kMultilingual ? "multilingual.tiktoken" : "gpt2.tiktoken";
  if (has(tiktoken)) return read_file(path / tiktoken);
  return error(ErrorCode::kIo, path, ": has no vocabulary: vocab.json, tokenizer.json or ",
               tiktoken);
}

Result<std::vector<std::string>> whisper_tokens(std::string_view name, const Vocabulary& vocabulary,
                                                std::size_t size) {
  Result<std::vector<std::string>> names = WhisperTokenizer::special_names(size);
  if (!names) return error(names.error().code, name, ": ", names.error().message);
  const std::size_t texts = size - names->size();
  if (vocabulary.size() < texts) {
    return error(ErrorCode::kCorruptFile, name, ": has ", vocabulary.size(),
                 " tokens, expected the ", texts, " text tokens of a model of ", size);
  }
  const std::span<const std::string> rest = std::span(vocabulary).subspan(texts);
  std::optional<std::size_t> other = first_other(rest, *names);
  if (other && vocabulary.size() < size) {
    const auto fewer = WhisperTokenizer::special_names(vocabulary.size());
    if (fewer && fewer->size() == rest.size() && !first_other(rest, *fewer)) other.reset();
  }
  if (other) {
    const std::string expected =
        *other < names->size() ? quote((*names)[*other]) : base::concat("no more than ", size);
    return error(ErrorCode::kCorruptFile, name, ": token ", texts + *other, " is ",
                 quote(rest[*other]), ", expected ", expected);
  }
  std::vector<std::string> tokens;
  tokens.reserve(size);
  for (std::size_t id = 0; id < texts; ++id) {
    tokens.push_back(printable_from_bytes(vocabulary[id]));
  }
  for (std::string& special : *names) tokens.push_back(std::move(special));
  return tokens;
}

}  // namespace sotto::text
