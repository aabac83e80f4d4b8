// Which tokens may follow: SuppressBlank, SuppressTokens and ApplyTimestampRules of openai/whisper
// (decoding.py). Sampled tokens are those after the initial ones, of which a prefix is a part.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/decode/decoding.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::decode {

// What the rules need to know of the sampled tokens of a hypothesis.
struct Sampled {
  std::size_t count = 0;
  std::int32_t last = -1;
  std::int32_t before_last = -1;
  std::int32_t last_timestamp = -1;  // -1: none was sampled

  void push(std::int32_t token, std::int32_t timestamp_begin) noexcept {
    ++count;
    before_last = last;
    last = token;
    if (token >= timestamp_begin) last_timestamp = token;
  }
};

struct Rules {
  text::WhisperIds ids;
  std::vector<std::int32_t> blank;       // what must not come first, besides other rules
  std::vector<std::int32_t> suppressed;  // never; ascending, each below the vocabulary
  bool timestamps = true;                // they are to come in pairs, and to ascend
  // The first timestamp is at most this many steps of 20 ms after 0.00.
  std::optional<std::int32_t> max_initial_timestamp;

  // Makes minus infinity of the logits of what must not follow. Requires: logits.size() is the
  // vocabulary and larger than every id here, sampled.last_timestamp is an id or -1.
  void apply(const Sampled& sampled, std::span<float> logits) const noexcept;
};

// The ids that `list`, DecodingOptions::suppress_tokens, names: ascending, each once. Nothing for
// an empty list; else those of the list, tokenizer.non_speech_tokens() where -1 is among them, and
// the tokens that have no place in a transcript. In the memory of `used`, whatever it holds.
// Errors: kInvalidArgument.
Result<std::vector<std::int32_t>> suppressed_tokens(const text::WhisperTokenizer& tokenizer,
                                                    std::string_view list,
                                                    std::vector<std::int32_t> used = {});

// The rules that the options ask for, in the memory of `used`. Errors: kInvalidArgument, naming the
// option.
Result<Rules> make_rules(const text::WhisperTokenizer& tokenizer, const DecodingOptions& options,
                         Rules used = {});

}  // namespace sotto::decode
