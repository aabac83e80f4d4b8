// Whisper's tokenizer: byte-level BPE and the special tokens (openai/whisper, tokenizer.py).
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

// Ids of the tokens that are not text, found by their names in the vocabulary.
struct WhisperIds {
  std::int32_t end_of_text = 0;  // "<|endoftext|>"; all ids below are text
  std::int32_t start_of_transcript = 0;
  std::int32_t first_language = 0;  // languages lie between start_of_transcript and translate
  std::int32_t languages = 0;       // how many
  std::int32_t translate = 0;
  std::int32_t transcribe = 0;
  std::int32_t start_of_lm = 0;
  std::int32_t start_of_prev = 0;
  std::int32_t no_speech = 0;  // "<|nospeech|>", older "<|nocaptions|>"
  std::int32_t no_timestamps = 0;
  std::int32_t timestamp_begin = 0;  // "<|0.00|>"; all ids from here on are times
  bool multilingual = false;         // 51865 tokens or more
};

// A word of split_to_word_tokens().
struct TokenizedWord {
  std::string word;
  std::vector<std::int32_t> tokens;
};

// Immutable; any thread. Ids are untrusted everywhere: one that is out of range gives no text.
class WhisperTokenizer {
 public:
  // `tokens` is the whole vocabulary in the order of ids as a GGUF file holds it: text in GPT-2's
  // byte alphabet (byte_alphabet.h), then the special tokens under their names. The id of a text
  // token is its rank in BPE. `name` stands for the file in errors. There may be any number of text
  // tokens, one for each byte among them, and of languages; after them the tokens are those that
  // special_names() lists. Errors: kCorruptFile, kUnsupported.
  static Result<std::unique_ptr<const WhisperTokenizer>> create(
      std::string_view name, std::span<const std::string_view> tokens);

  // The names of the tokens from the end of text on, in order, for a vocabulary of `size`: 51864
  // (English, with the tokens of 99 languages all the same), 51865 (99 languages) or 51866 (100).
  // Errors: kUnsupported.
  static Result<std::vector<std::string>> special_names(std::size_t size);

  std::size_t size() const noexcept;
  const WhisperIds& ids() const noexcept;

  // Text to ids; special tokens are not looked for in it. Any bytes are taken.
  std::vector<std::int32_t> encode(std::string_view text) const;

  // The reference's decode(): times are left out, other special tokens stand under their names,
  // ill-formed UTF-8 becomes U+FFFD as Python's errors="replace" does it.
  std::string decode(std::span<const std::int32_t> ids) const;
  // The same with times as "<|1.08|>".
  std::string decode_with_timestamps(std::span<const std::int32_t> ids) const;
  // The same of the text tokens among ids alone.
  std::string decode_text(std::span<const std::int32_t> ids) const;
  // The bytes of one text token; empty for others.
  std::string_view bytes(std::int32_t id) const noexcept;

  // Codes ("en") of the languages in the order of their ids, and back.
  std::span<const std::string> language_codes() const noexcept;
  // -1 where the vocabulary has no such language. Takes codes ("de") and names ("German",
  // "castilian"), any case.
  std::int32_t language_token(std::string_view language) const noexcept;

  // Appends [sot], with language and task where multilingual. Requires: language_token(language) >=
  // 0 where multilingual.
  void append_sot_sequence(std::string_view language, bool translate,
                           std::vector<std::int32_t>& tokens) const;

  // tokenizer.non_speech_tokens: symbols that are not spoken, in ascending order.
  const std::vector<std::int32_t>& non_speech_tokens() const noexcept;
  // tokenizer.encode(" "), as SuppressBlank uses it.
  const std::vector<std::int32_t>& blank() const noexcept;

  // split_to_word_tokens(): by blanks, or by characters for languages written without them. The
  // special tokens among ids are words of their own. As in the reference, tokens at the end are
  // left out where a character broken in two before them misleads it; otherwise all ids are there.
  std::vector<TokenizedWord> split_to_word_tokens(std::span<const std::int32_t> ids,
                                                  std::string_view language) const;

  ~WhisperTokenizer();

 private:
  struct Impl;
  explicit WhisperTokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace sotto::text
