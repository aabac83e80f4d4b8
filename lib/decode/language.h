// Which language is spoken: detect_language() of openai/whisper (decoding.py).
#pragma once

#include <sotto/result.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/decode/decoder_model.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::decode {

struct LanguageDetection {
  std::int32_t token = 0;  // the likeliest of those allowed
  std::string code;        // of that token
  // Of all languages in the order of tokenizer.language_codes(); they add up to 1. All 0 where the
  // model's logits are no numbers.
  std::vector<float> probabilities;
};

// Of the window that `model` has heard; its hypotheses are forgotten. `allowed` are codes or names
// of the languages to choose among; empty: all. Of equally likely languages the first. Errors:
// kUnsupported where the model knows one language only, kInvalidArgument for a language that it
// does not know.
Result<LanguageDetection> detect_language(DecoderModel& model,
                                          const text::WhisperTokenizer& tokenizer,
                                          std::span<const std::string> allowed = {});

}  // namespace sotto::decode
