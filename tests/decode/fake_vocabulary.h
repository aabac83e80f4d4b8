// A multilingual vocabulary of Whisper's size whose text tokens are the bytes and, after them,
// fillers that nothing is encoded to.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/whisper_vocabulary.h"

namespace sotto::test {

// Token b < 256 is the byte b; 99 languages, `<|0.00|>` is 50364.
inline constexpr std::size_t kMultilingual = 51865;
inline std::unique_ptr<const text::WhisperTokenizer> multilingual_tokenizer() {
  const auto special = text::WhisperTokenizer::special_names(kMultilingual);
  std::vector<std::string> tokens = small_whisper_vocabulary();
  tokens.resize(256);
  while (tokens.size() + special->size() < kMultilingual) {
    // No merge leads to three letters, as none leads to two.
    const std::size_t i = tokens.size() - 256;
    const auto letter = [](std::size_t digit) { return static_cast<char>('A' + digit % 40); };
    tokens.push_back({letter(i / 1600), letter(i / 40), letter(i)});
  }
  tokens.insert(tokens.end(), special->begin(), special->end());
  return whisper_tokenizer(tokens);
}

// English only: the bytes and the special tokens, of which there are as many as in English models.
inline std::unique_ptr<const text::WhisperTokenizer> english_tokenizer() {
  return whisper_tokenizer(small_whisper_vocabulary());
}

}  // namespace sotto::test
