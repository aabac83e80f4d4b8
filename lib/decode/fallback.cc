#include "lib/decode/fallback.h"

#include <cstddef>
#include <utility>

#include "lib/base/error.h"
#include "lib/decode/sampling.h"

namespace sotto::decode {
namespace {

Sampling at_temperature(const Sampling& sampling, double temperature) {
  Sampling attempt = sampling;
  attempt.temperature = temperature;
  if (temperature > 0) {
    attempt.beam_size = 0;
    attempt.patience = 1;
  } else {
    attempt.best_of = 0;
  }
  return attempt;
}

}  // namespace

bool needs_fallback(const DecodingResult& result, const FallbackOptions& fallback) {
  const bool repetitive = fallback.compression_ratio_threshold &&
                          result.compression_ratio > *fallback.compression_ratio_threshold;
  const bool unsure =
      fallback.logprob_threshold && result.avg_logprob < *fallback.logprob_threshold;
  const bool silent = fallback.no_speech_threshold &&
                      result.no_speech_prob > *fallback.no_speech_threshold && unsure;
  return (repetitive || unsure) && !silent;
}

Status check_with_fallback(WhisperDecoder& decoder, const DecodingOptions& options,
                           const FallbackOptions& fallback) {
  if (fallback.temperatures.empty()) {
    return base::error(ErrorCode::kInvalidArgument, "temperatures are none, expected one or more");
  }
  for (const double temperature : fallback.temperatures) {
    Status status = decoder.check(options, at_temperature(options, temperature));
    if (!status) return status;
  }
  return ok();
}

Result<DecodingResult> decode_with_fallback(WhisperDecoder& decoder, const DecodingOptions& options,
                                            const FallbackOptions& fallback) {
  if (Status status = check_with_fallback(decoder, options, fallback); !status)
    return std::move(status).error();
  Random seeds(options.seed);
  const std::size_t attempts = fallback.temperatures.size();
  for (std::size_t i = 0;; ++i) {
    Sampling attempt = at_temperature(options, fallback.temperatures[i]);
    if (i > 0) attempt.seed = seeds.next();
    Result<DecodingResult> result = decoder.decode(options, attempt);
    if (!result || result->aborted || i + 1 == attempts || !needs_fallback(*result, fallback)) {
      return result;
    }
  }
}

}  // namespace sotto::decode
