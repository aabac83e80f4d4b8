#include "lib/decode/language.h"

#include <cmath>
#include <cstddef>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/decode/sampling.h"

namespace sotto::decode {

Result<LanguageDetection> detect_language(DecoderModel& model,
                                          const text::WhisperTokenizer& tokenizer,
                                          std::span<const std::string> allowed) {
  const text::WhisperIds& ids = tokenizer.ids();
  if (!ids.multilingual) {
    return base::error(ErrorCode::kUnsupported,
                       "the model knows English only: there is no language to detect");
  }
  const auto languages = static_cast<std::size_t>(ids.languages);
  std::vector<bool> candidate(languages, allowed.empty());
  for (const std::string& language : allowed) {
    const std::int32_t token = tokenizer.language_token(language);
    if (token < 0) {
      return base::error(ErrorCode::kInvalidArgument, "language is ", base::quote(language),
                         ", expected a language of the model");
    }
    candidate[static_cast<std::size_t>(token - ids.first_language)] = true;
  }

  const std::span<const float> logits = model.language_logits(ids.start_of_transcript);
  const double log_sum = log_sum_exp(logits);
  LanguageDetection detection;
  detection.probabilities.resize(languages);
  std::size_t best = languages;
  for (std::size_t i = 0; i < languages; ++i) {
    float& probability = detection.probabilities[i];
    if (std::isfinite(log_sum)) {
      probability = static_cast<float>(std::exp(log_probability(logits[i], log_sum)));
    }
    if (!candidate[i]) continue;
    if (best == languages || probability > detection.probabilities[best]) best = i;
  }
  detection.token = ids.first_language + static_cast<std::int32_t>(best);
  detection.code = tokenizer.language_codes()[best];
  return detection;
}

}  // namespace sotto::decode
