// Any bytes as a text to encode and normalise, as ids to decode and split, and as words to compare:
// no text that comes out is ill-formed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/text/byte_alphabet.h"
#include "lib/text/normalizer.h"
#include "lib/text/utf8.h"
#include "lib/text/whisper_tokenizer.h"
#include "lib/text/word_error_rate.h"

namespace {

using sotto::text::WhisperTokenizer;

// Bytes, a few merges, and the special tokens.
std::unique_ptr<const WhisperTokenizer> make_tokenizer() {
  std::vector<std::string> texts;
  for (int byte = 0; byte < 256; ++byte) texts.emplace_back(1, static_cast<char>(byte));
  for (const char* merged : {"th", "the", " t", " the", "aa", "aaaa", "\xE2\x82", "\xC3\xA9"}) {
    texts.emplace_back(merged);
  }
  std::vector<std::string> tokens;
  for (const std::string& text : texts) {
    tokens.push_back(sotto::text::printable_from_bytes(text));
  }
  const auto names = WhisperTokenizer::special_names(51864);
  tokens.insert(tokens.end(), names->begin(), names->end());
  const std::vector<std::string_view> views(tokens.begin(), tokens.end());
  auto made = WhisperTokenizer::create("fuzz", views);
  return made ? std::move(*made) : nullptr;
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto::text;
  static const auto kTokenizer = make_tokenizer();
  check(kTokenizer != nullptr);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const std::vector<std::int32_t> encoded = kTokenizer->encode(text);
  std::string bytes;
  Utf8Stream stream;
  std::string streamed;
  for (const std::int32_t id : encoded) {
    bytes += kTokenizer->bytes(id);
    const std::string given = stream.push(kTokenizer->bytes(id));
    check(is_utf8(given));
    streamed += given;
  }
  check(bytes == text);
  check(streamed + stream.finish() == kTokenizer->decode(encoded));

  // Two bytes are an id, some of them out of range.
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i + 1 < size; i += 2) ids.push_back(data[i] << 8 | data[i + 1]);
  check(is_utf8(kTokenizer->decode_with_timestamps(ids)));
  for (const TokenizedWord& word : kTokenizer->split_to_word_tokens(ids, "en")) {
    check(is_utf8(word.word) && !word.tokens.empty());
  }

  check(is_utf8(normalize_english(text)));
  for (const bool plain : {false, true}) {
    check(is_utf8(normalize_basic(text, {plain, false})));
    check(is_utf8(normalize_basic(text, {plain, true})));
  }

  // Texts with nothing in common cost the product of their lengths.
  const std::string_view words = text.substr(0, 4096);
  const std::size_t half = words.size() / 2;
  const WordErrors errors = count_word_errors(words.substr(0, half), words.substr(half));
  check(errors.errors() <= words.size() && errors.words() <= half);
  return 0;
}
