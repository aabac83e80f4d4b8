// The vocabulary files of byte-level BPE: which bytes each token stands for.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

// The bytes of every token in the order of ids, from 0 on without a gap. Special tokens, where a
// file has them, stand at the end under their names.
using Vocabulary = std::vector<std::string>;

// OpenAI's .tiktoken: lines of a token in base64, a blank, and its rank, which is its id.
Result<Vocabulary> parse_tiktoken(std::string_view name, std::string_view text);
// Hugging Face's vocab.json: {token: id}, in GPT-2's byte alphabet. `added` is the contents of
// added_tokens.json, {name: id}, or empty.
Result<Vocabulary> parse_vocab_json(std::string_view name, std::string_view text,
                                    std::string_view added = {});
// "model"."vocab" and "added_tokens" of a tokenizer.json.
Result<Vocabulary> parse_tokenizer_vocab(std::string_view name, std::string_view text);

// A file of one of these kinds, told apart by its name's end (".tiktoken", "tokenizer.json", else
// ".json"), or a folder with vocab.json (and added_tokens.json), or tokenizer.json, or OpenAI's
// multilingual.tiktoken and gpt2.tiktoken, of which `size`, the tokens of the model, chooses.
Result<Vocabulary> read_vocabulary(const std::filesystem::path& path, std::size_t size);

// The tokens of a Whisper model of `size` tokens, as WhisperTokenizer::create() takes them: text in
// the byte alphabet, then WhisperTokenizer::special_names(size). Errors, which begin with `name`:
// too few tokens; special tokens with other names than Whisper's. Those of a Whisper with fewer
// languages will do: the text is the same.
Result<std::vector<std::string>> whisper_tokens(std::string_view name, const Vocabulary& vocabulary,
                                                std::size_t size);

}  // namespace sotto::text
