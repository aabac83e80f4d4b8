// Whisper's vocabularies as a GGUF file holds them: the real ones beside the project, and a small
// one made in memory.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/text/byte_alphabet.h"
#include "lib/text/vocabulary.h"
#include "lib/text/whisper_tokenizer.h"
#include "tests/support/shared.h"
#include "tests/support/xz.h"

namespace sotto::test {

inline constexpr const char* kWhisperVocabularies = "golden/whisper/tokenizer";  // under ../shared

// The vocabulary of `size` tokens: 51864 English, 51865 and 51866 multilingual. Throws where the
// file is not there; begin with SOTTO_NEEDS_SHARED(kWhisperVocabularies).
inline std::vector<std::string> whisper_vocabulary(std::size_t size) {
  const char* file = size == 51864 ? "gpt2.tiktoken.xz" : "multilingual.tiktoken.xz";
  const std::string ranks = read_xz(shared_root() / kWhisperVocabularies / file).value();
  return *text::whisper_tokens(file, *text::parse_tiktoken(file, ranks), size);
}

// A token for each byte, then `merges`, then the names of 99 languages; English only, as it is
// small.
inline std::vector<std::string> small_whisper_vocabulary(
    const std::vector<std::string>& merges = {}) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) {
    tokens.push_back(text::printable_from_bytes(std::string(1, static_cast<char>(byte))));
  }
  for (const std::string& merged : merges) tokens.push_back(text::printable_from_bytes(merged));
  const auto names = text::WhisperTokenizer::special_names(51864);
  tokens.insert(tokens.end(), names->begin(), names->end());
  return tokens;
}

inline std::vector<std::string_view> views(const std::vector<std::string>& tokens) {
  return {tokens.begin(), tokens.end()};
}

// Null, with a failure of the test, where `tokens` are no vocabulary.
inline std::unique_ptr<const text::WhisperTokenizer> whisper_tokenizer(
    const std::vector<std::string>& tokens) {
  auto made = text::WhisperTokenizer::create("test.gguf", views(tokens));
  if (made) return std::move(*made);
  ADD_FAILURE() << made.error().message;
  return nullptr;
}

}  // namespace sotto::test
