// What openai/whisper does about a window that decoded badly: it decodes it again, at a higher
// temperature (transcribe.py, decode_with_fallback).
#pragma once

#include <sotto/result.h>

#include <optional>
#include <vector>

#include "lib/decode/decoding.h"
#include "lib/decode/whisper_decoder.h"

namespace sotto::decode {

struct FallbackOptions {
  std::vector<double> temperatures = {0, 0.2, 0.4, 0.6, 0.8, 1};  // tried in this order
  std::optional<double> compression_ratio_threshold = 2.4;  // above: too repetitive; none: never
  std::optional<double> logprob_threshold = -1;             // avg_logprob below: too unsure
  // no_speech_prob above, where it was too unsure as well: silence, and good as it is.
  std::optional<double> no_speech_threshold = 0.6;
};

// Whether a result is to be decoded again at the next temperature.
bool needs_fallback(const DecodingResult& result, const FallbackOptions& fallback);

// What decode_with_fallback() would refuse, at any of its temperatures: kInvalidArgument.
Status check_with_fallback(WhisperDecoder& decoder, const DecodingOptions& options,
                           const FallbackOptions& fallback);

// Decodes at one temperature after the other until needs_fallback() has nothing to say, at most at
// all of them, and returns the last result. options.temperature is not used. best_of is left out at
// temperature 0, beam_size and patience above, so that both may be given. The first attempt has the
// seed of the options, each other one a seed made of it. Ends with a result that was aborted.
Result<DecodingResult> decode_with_fallback(WhisperDecoder& decoder, const DecodingOptions& options,
                                            const FallbackOptions& fallback);

}  // namespace sotto::decode
