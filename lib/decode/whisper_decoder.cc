#include "lib/decode/whisper_decoder.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/decode/sampling.h"
#include "lib/text/strip.h"

namespace sotto::decode {
namespace {

// Softmax in float has no more to tell apart: below, it is the likeliest token, above, any token.
constexpr double kLowestTemperature = 0.001;
constexpr double kHighestTemperature = 1000;

template <typename... Parts>
Error refuse(const Parts&... parts) {
  return base::error(ErrorCode::kInvalidArgument, parts...);
}

// Python's tokens[-count:], which is all of them where count is 0, and where it is negative all but
// the first -count.
std::span<const std::int32_t> python_last(std::span<const std::int32_t> tokens,
                                          std::ptrdiff_t count) {
  const auto size = static_cast<std::ptrdiff_t>(tokens.size());
  const std::ptrdiff_t begin =
      count > 0 ? std::max<std::ptrdiff_t>(size - count, 0) : std::min(-count, size);
  return tokens.subspan(static_cast<std::size_t>(begin));
}

// How many hypotheses end a beam search; of halves the even number, as Python rounds.
double max_finished(const Sampling& sampling) {
  const double patience = sampling.patience == 0 ? 1 : sampling.patience;
  return std::nearbyint(static_cast<double>(sampling.beam_size) * patience);
}

}  // namespace

Result<std::unique_ptr<WhisperDecoder>> WhisperDecoder::create(
    DecoderModel& model, const text::WhisperTokenizer& tokenizer) {
  if (model.vocabulary() != tokenizer.size()) {
    return base::error(ErrorCode::kCorruptFile, "the model has ", model.vocabulary(),
                       " tokens, its tokenizer ", tokenizer.size());
  }
  return std::unique_ptr<WhisperDecoder>(new WhisperDecoder(model, tokenizer));
}

Status WhisperDecoder::check_numbers(const DecodingOptions& options,
                                     const Sampling& sampling) const {
  const std::size_t most = model_.max_hypotheses();
  const double t = sampling.temperature;
  if (t != 0 && !(t >= kLowestTemperature && t <= kHighestTemperature)) {
    return refuse("temperature is ", t, ", expected 0 or ", kLowestTemperature, " to ",
                  kHighestTemperature);
  }
  if (sampling.beam_size > 0 && sampling.best_of > 0) {
    return refuse("beam_size is ", sampling.beam_size, " and best_of ", sampling.best_of,
                  ", expected one of them alone");
  }
  if (t == 0 && sampling.best_of > 0) {
    return refuse("best_of is ", sampling.best_of, ", expected none at temperature 0");
  }
  if (sampling.best_of > most) {
    return refuse("best_of is ", sampling.best_of, ", expected 1 to ", most);
  }
  if (sampling.beam_size > most) {
    return refuse("beam_size is ", sampling.beam_size, ", expected 1 to ", most);
  }
  if (sampling.beam_size == 0 && sampling.patience != 1 && sampling.patience != 0) {
    return refuse("patience is ", sampling.patience, ", expected none without beam_size");
  }
  if (sampling.beam_size > 0 &&
      !(std::isfinite(sampling.patience) && max_finished(sampling) >= 1)) {
    return refuse("patience is ", sampling.patience, ", expected one that makes 1 or more of ",
                  sampling.beam_size, " beams");
  }
  if (options.length_penalty && !(*options.length_penalty >= 0 && *options.length_penalty <= 1)) {
    return refuse("length_penalty is ", *options.length_penalty, ", expected 0 to 1");
  }
  return ok();
}

Result<std::string> WhisperDecoder::language_code(const DecodingOptions& options) const {
  const text::WhisperIds& ids = tokenizer_.ids();
  const std::string_view asked =
      options.language.empty() && !ids.multilingual ? std::string_view("en") : options.language;
  const std::int32_t token = tokenizer_.language_token(asked);
  const std::int32_t index = token - ids.first_language;
  if (token < 0 || index < 0 || index >= ids.languages) {
    return refuse("language is ", base::quote(asked), ", expected a language of the model");
  }
  std::string code = tokenizer_.language_codes()[static_cast<std::size_t>(index)];
  if (!ids.multilingual && code != "en") {
    return refuse("language is ", base::quote(asked),
                  ", expected English: the model knows no other");
  }
  return code;
}

std::size_t WhisperDecoder::sample_len(const DecodingOptions& options) const {
  const std::size_t asked = options.sample_len.value_or(0);
  return asked == 0 ? model_.context() / 2 : asked;
}

// [sot_prev, prompt] sot_sequence [no_timestamps] [prefix]: the last context / 2 - 1 tokens of the
// prompt, and of the prefix what sample_len leaves of context / 2.
Status WhisperDecoder::set_initial_tokens(const DecodingOptions& options, const std::string& code) {
  const text::WhisperIds& ids = tokenizer_.ids();
  const auto half = static_cast<std::ptrdiff_t>(model_.context() / 2);
  // Beyond the context a sample_len makes no difference to the prefix: it leaves none of it.
  const std::size_t most =
      std::min(sample_len(options), 2 * model_.context() + options.prefix.size());
  const std::span<const std::int32_t> prompt = python_last(options.prompt, half - 1);
  const std::span<const std::int32_t> prefix =
      python_last(options.prefix, half - static_cast<std::ptrdiff_t>(most));

  std::vector<std::int32_t>& tokens = initial_;
  tokens.clear();
  if (!options.prompt.empty()) {
    tokens.push_back(ids.start_of_prev);
    tokens.insert(tokens.end(), prompt.begin(), prompt.end());
  }
  tokenizer_.append_sot_sequence(code, options.task == Task::kTranslate, tokens);
  if (options.without_timestamps) tokens.push_back(ids.no_timestamps);
  tokens.insert(tokens.end(), prefix.begin(), prefix.end());

  const auto size = static_cast<std::int32_t>(tokenizer_.size());
  for (const std::int32_t token : tokens) {
    if (token < 0 || token >= size) {
      return refuse("prompt or prefix holds the token ", token, ", expected 0 to ", size - 1);
    }
  }
  if (tokens.size() > model_.context()) {
    return refuse("prompt and prefix make ", tokens.size(),
                  " tokens with those of the task, expected ", model_.context(), " or fewer");
  }
  return ok();
}

Status WhisperDecoder::set_rules(const DecodingOptions& options) {
  Result<Rules> rules = make_rules(tokenizer_, options, std::move(rules_));
  if (!rules) return std::move(rules).error();
  rules_ = *std::move(rules);
  return ok();
}

Status WhisperDecoder::check(const DecodingOptions& options, const Sampling& sampling) {
  if (Status numbers = check_numbers(options, sampling); !numbers) return numbers;
  const Result<std::string> code = language_code(options);
  if (!code) return code.error();
  if (Status tokens = set_initial_tokens(options, *code); !tokens) return tokens;
  return set_rules(options);
}

Result<DecodingResult> WhisperDecoder::decode(const DecodingOptions& options,
                                              const Sampling& sampling) {
  if (Status status = check(options, sampling); !status) return std::move(status).error();
  Result<std::string> code = language_code(options);
  if (!code) return std::move(code).error();

  SearchOptions search;
  search.rules = &rules_;
  search.filter = options.filter;
  search.abort = options.abort;
  search.max_tokens = sample_len(options);
  search.temperature = sampling.temperature;
  search.samples = std::max<std::size_t>(sampling.best_of, 1);
  search.seed = sampling.seed;
  search.beams = sampling.beam_size;
  // More than every beam at every step cannot end.
  const auto beams = static_cast<double>(sampling.beam_size * (model_.context() + 1));
  search.max_finished = static_cast<std::size_t>(std::min(max_finished(sampling), beams));
  search.length_penalty = options.length_penalty;

  const text::WhisperIds& ids = tokenizer_.ids();
  const auto sot = std::ranges::find(initial_, ids.start_of_transcript);
  model_.prompt(initial_, static_cast<std::size_t>(sot - initial_.begin()));
  DecodingResult result;
  result.no_speech_prob =
      probability(model_.probe_logits(), static_cast<std::size_t>(ids.no_speech));
  Hypothesis best = search_.run(initial_.size(), search);

  result.language = *std::move(code);
  result.text = text::stripped(tokenizer_.decode(best.tokens));
  result.avg_logprob = best.sum / static_cast<double>(best.tokens.size() + 1);
  result.temperature = sampling.temperature;
  result.compression_ratio = compression_.ratio(result.text);
  result.truncated = !best.ended && !best.aborted;
  result.aborted = best.aborted;
  result.tokens = std::move(best.tokens);
  result.token_log_probabilities = std::move(best.log_probabilities);
  return result;
}

}  // namespace sotto::decode
