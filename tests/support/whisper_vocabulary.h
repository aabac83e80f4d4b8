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
#include "lib/text/whisper_tokenizer.h"
#include "tests/support/shared.h"
#include "tests/support/xz.h"

namespace sotto::test {

inline constexpr const char* kWhisperVocabularies = "golden/whisper/tokenizer";  // under ../shared

inline std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned value = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    value = value << 6 | static_cast<unsigned>(kDigits.find(c));
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(value >> (bits -= 8));
  }
  return bytes;
}

// The vocabulary of `size` tokens: 51864 English, 51865 and 51866 multilingual. Throws where the
// file is not there; begin with SOTTO_NEEDS_SHARED(kWhisperVocabularies).
inline std::vector<std::string> whisper_vocabulary(std::size_t size) {
  const char* file = size == 51864 ? "gpt2.tiktoken.xz" : "multilingual.tiktoken.xz";
  const std::string ranks = read_xz(shared_root() / kWhisperVocabularies / file).value();
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < ranks.size(); at = ranks.find('\n', at) + 1) {
    const std::string_view base64(ranks.data() + at, ranks.find(' ', at) - at);
    tokens.push_back(text::printable_from_bytes(from_base64(base64)));
  }
  const auto names = text::WhisperTokenizer::special_names(size);
  tokens.insert(tokens.end(), names->begin(), names->end());
  return tokens;
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

// Null, with a failure of the test, where `tokens` are no vocabulary.
inline std::unique_ptr<const text::WhisperTokenizer> whisper_tokenizer(
    const std::vector<std::string>& tokens) {
  auto made = text::WhisperTokenizer::create("test.gguf", tokens);
  if (made) return std::move(*made);
  ADD_FAILURE() << made.error().message;
  return nullptr;
}

}  // namespace sotto::test
