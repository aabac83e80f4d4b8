// From an encoded window to text: DecodingTask of openai/whisper (decoding.py).
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/decode/compression.h"
#include "lib/decode/decoder_model.h"
#include "lib/decode/decoding.h"
#include "lib/decode/rules.h"
#include "lib/decode/search.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::decode {

// One user at a time. Between the first and the last token of a window nothing allocates.
class WhisperDecoder {
 public:
  // Both must outlive the decoder. Errors: kCorruptFile where they do not belong together.
  static Result<std::unique_ptr<WhisperDecoder>> create(DecoderModel& model,
                                                        const text::WhisperTokenizer& tokenizer);

  // What decode() would refuse about the options, without decoding: kInvalidArgument, naming the
  // option, what it is and what was expected. Of the options, `sampling` takes the place of theirs.
  Status check(const DecodingOptions& options) { return check(options, options); }
  Status check(const DecodingOptions& options, const Sampling& sampling);

  // Decodes the window that the model has heard. A function of the options and the model's logits
  // alone. no_speech_prob is taken where the model has read the (first) start of the transcript.
  Result<DecodingResult> decode(const DecodingOptions& options) { return decode(options, options); }
  Result<DecodingResult> decode(const DecodingOptions& options, const Sampling& sampling);

 private:
  WhisperDecoder(DecoderModel& model, const text::WhisperTokenizer& tokenizer)
      : model_(model), tokenizer_(tokenizer), search_(model) {}

  Status check_numbers(const DecodingOptions& options, const Sampling& sampling) const;
  Result<std::string> language_code(const DecodingOptions& options) const;
  std::size_t sample_len(const DecodingOptions& options) const;
  Status set_initial_tokens(const DecodingOptions& options, const std::string& code);
  Status set_rules(const DecodingOptions& options);

  DecoderModel& model_;
  const text::WhisperTokenizer& tokenizer_;
  Search search_;
  Compression compression_;
  // Of the options that were checked last, in memory that is kept from window to window.
  std::vector<std::int32_t> initial_;
  Rules rules_;
};

}  // namespace sotto::decode
