// Any bytes as a vocabulary: .tiktoken, vocab.json, tokenizer.json.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/text/vocabulary.h"

namespace {

void check(const sotto::Result<sotto::text::Vocabulary>& read, std::size_t size) {
  if (!read) {
    if (read.error().message.empty()) std::abort();
    return;
  }
  // A token has bytes in the file, or at least its id.
  std::size_t bytes = read->size();
  for (const std::string& token : *read) bytes += token.size();
  if (bytes > size) std::abort();
  if (const auto tokens = sotto::text::whisper_tokens("fuzz", *read, 51864);
      tokens && tokens->size() != 51864) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(sotto::text::parse_tiktoken("fuzz.tiktoken", text), size);
  check(sotto::text::parse_vocab_json("fuzz.json", text), size);
  check(sotto::text::parse_tokenizer_vocab("tokenizer.json", text), size);
  return 0;
}
