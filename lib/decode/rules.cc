#include "lib/decode/rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/decode/sampling.h"

namespace sotto::decode {
namespace {

constexpr double kSecondsPerTimestamp = 0.02;

void forbid(std::span<float> logits) noexcept {
  std::fill(logits.begin(), logits.end(), -std::numeric_limits<float>::infinity());
}

void forbid(std::span<const std::int32_t> tokens, std::span<float> logits) noexcept {
  for (const std::int32_t token : tokens) {
    logits[static_cast<std::size_t>(token)] = -std::numeric_limits<float>::infinity();
  }
}

// Timestamps come in pairs, but for one before the end of text, and ascend. A probability that is
// higher for "some timestamp" than for every other token makes it a timestamp.
void apply_timestamp_rules(const Rules& rules, const Sampled& sampled,
                           std::span<float> logits) noexcept {
  const auto begin = static_cast<std::size_t>(rules.ids.timestamp_begin);
  const std::span<float> others = logits.first(begin);
  const std::span<float> timestamps = logits.subspan(begin);
  forbid(std::span(&rules.ids.no_timestamps, 1), logits);

  const auto is_timestamp = [&](std::int32_t token) { return token >= rules.ids.timestamp_begin; };
  const bool after_timestamp = sampled.count >= 1 && is_timestamp(sampled.last);
  const bool after_pair = sampled.count < 2 || is_timestamp(sampled.before_last);
  if (after_timestamp && after_pair) forbid(timestamps);
  if (after_timestamp && !after_pair) {
    forbid(logits.first(static_cast<std::size_t>(rules.ids.end_of_text)));
  }
  if (sampled.last_timestamp >= 0) {
    // Only the second of a pair may equal the one before: no segment is to be empty.
    const auto last = static_cast<std::size_t>(sampled.last_timestamp) - begin;
    const std::size_t past = after_timestamp && !after_pair ? last : last + 1;
    forbid(timestamps.first(std::min(past, timestamps.size())));
  }
  if (sampled.count == 0) {
    forbid(others);
    if (rules.max_initial_timestamp) {
      const auto past = static_cast<std::size_t>(*rules.max_initial_timestamp) + 1;
      forbid(timestamps.subspan(std::min(past, timestamps.size())));
    }
  }
  if (log_sum_exp(timestamps) > static_cast<double>(largest(others))) forbid(others);
}

}  // namespace

void Rules::apply(const Sampled& sampled, std::span<float> logits) const noexcept {
  if (sampled.count == 0) forbid(blank, logits);
  forbid(suppressed, logits);
  if (timestamps) apply_timestamp_rules(*this, sampled, logits);
}

Result<std::vector<std::int32_t>> suppressed_tokens(const text::WhisperTokenizer& tokenizer,
                                                    std::string_view list,
                                                    std::vector<std::int32_t> used) {
  std::vector<std::int32_t> tokens = std::move(used);
  tokens.clear();
  if (list.empty()) return tokens;
  const auto size = static_cast<std::int32_t>(tokenizer.size());
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    more = comma != std::string_view::npos;
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(more ? comma + 1 : list.size());
    const std::size_t first = item.find_first_not_of(' ');
    item = first == std::string_view::npos
               ? std::string_view()
               : item.substr(first, item.find_last_not_of(' ') + 1 - first);
    std::int32_t token = 0;
    const auto [end, failed] = std::from_chars(item.data(), item.data() + item.size(), token);
    if (failed != std::errc() || end != item.data() + item.size() || token < -1 || token >= size) {
      return base::error(ErrorCode::kInvalidArgument, "suppress_tokens holds ", base::quote(item),
                         ", expected -1 or an id from 0 to ", size - 1);
    }
    if (token >= 0) {
      tokens.push_back(token);
    } else {
      const std::vector<std::int32_t>& symbols = tokenizer.non_speech_tokens();
      tokens.insert(tokens.end(), symbols.begin(), symbols.end());
    }
    // A long list of equal ids, or of -1, must not grow beyond the vocabulary.
    if (tokens.size() > 2 * tokenizer.size()) {
      std::sort(tokens.begin(), tokens.end());
      tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    }
  }
  const text::WhisperIds& ids = tokenizer.ids();
  tokens.insert(tokens.end(), {ids.transcribe, ids.translate, ids.start_of_transcript,
                               ids.start_of_prev, ids.start_of_lm, ids.no_speech});
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  return tokens;
}

Result<Rules> make_rules(const text::WhisperTokenizer& tokenizer, const DecodingOptions& options,
                         Rules used) {
  Rules rules = std::move(used);
  rules.ids = tokenizer.ids();
  rules.blank.clear();
  if (options.suppress_blank) {
    rules.blank = tokenizer.blank();
    rules.blank.push_back(rules.ids.end_of_text);
  }
  Result<std::vector<std::int32_t>> suppressed =
      suppressed_tokens(tokenizer, options.suppress_tokens, std::move(rules.suppressed));
  if (!suppressed) return std::move(suppressed).error();
  rules.suppressed = *std::move(suppressed);
  rules.timestamps = !options.without_timestamps;
  rules.max_initial_timestamp.reset();
  // As in the reference, 0 is no limit.
  if (const double limit = options.max_initial_timestamp.value_or(0); limit != 0) {
    if (!(limit > 0 && limit <= 30)) {
      return base::error(ErrorCode::kInvalidArgument, "max_initial_timestamp is ", limit,
                         ", expected 0 to 30 seconds");
    }
    // Of halves the even one, as Python rounds.
    rules.max_initial_timestamp =
        static_cast<std::int32_t>(std::nearbyint(limit / kSecondsPerTimestamp));
  }
  return rules;
}

}  // namespace sotto::decode
