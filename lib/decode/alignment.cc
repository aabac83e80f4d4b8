#include "lib/decode/alignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/base/error.h"
#include "lib/decode/dtw.h"
#include "lib/decode/median_filter.h"
#include "lib/decode/sampling.h"

namespace sotto::decode {
namespace {

// out = softmax(x). exp() is the library's: unlike the usual approximations it goes on below 1e-38,
// where frames that no token looks at still differ, and the normalisation makes them count as much
// as others.
void softmax(std::span<const float> x, float* out) {
  float largest = -std::numeric_limits<float>::infinity();
  for (const float value : x) largest = std::max(largest, value);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] = std::exp(x[i] - largest);
    sum += static_cast<double>(out[i]);
  }
  const auto total = static_cast<float>(sum);
  for (std::size_t i = 0; i < x.size(); ++i) out[i] /= total;
}

// The column in which each row of the path begins.
std::vector<std::int32_t> first_columns(const WarpingPath& path) {
  std::vector<std::int32_t> first;
  for (std::size_t i = 0; i < path.rows.size(); ++i) {
    if (i == 0 || path.rows[i] != path.rows[i - 1]) first.push_back(path.columns[i]);
  }
  return first;
}

}  // namespace

std::vector<WordTiming> time_words(std::vector<text::TokenizedWord> words,
                                   std::span<const double> probabilities,
                                   std::span<const float> costs, std::size_t frames) {
  const std::vector<std::int32_t> columns =
      first_columns(dtw(costs, probabilities.size() + 1, frames));
  std::vector<WordTiming> alignment;
  std::size_t token = 0;
  for (text::TokenizedWord& word : words) {
    const std::size_t end = token + word.tokens.size();
    WordTiming& timing = alignment.emplace_back();
    timing.start = columns[token] / kTokensPerSecond;
    timing.end = columns[end] / kTokensPerSecond;
    for (; token < end; ++token) timing.probability += probabilities[token];
    timing.probability /= static_cast<double>(word.tokens.size());
    timing.word = std::move(word.word);
    timing.tokens = std::move(word.tokens);
  }
  return alignment;
}

// costs_ -= z-scores of the head's softmax, over the tokens, after the median filter.
void Aligner::add_head(std::span<const float> scores, std::size_t tokens, std::size_t first,
                       std::size_t frames) {
  const auto count = static_cast<double>(tokens);
  std::fill(mean_.begin(), mean_.end(), 0.0);
  std::fill(square_.begin(), square_.end(), 0.0);
  for (std::size_t token = 0; token < tokens; ++token) {
    float* row = weights_.data() + token * frames;
    softmax(scores.subspan(token * frames, frames), row);
    for (std::size_t t = 0; t < frames; ++t) mean_[t] += static_cast<double>(row[t]);
  }
  for (std::size_t t = 0; t < frames; ++t) mean_[t] /= count;
  for (std::size_t token = 0; token < tokens; ++token) {
    const float* row = weights_.data() + token * frames;
    for (std::size_t t = 0; t < frames; ++t) {
      const double difference = static_cast<double>(row[t]) - mean_[t];
      square_[t] += difference * difference;
    }
  }
  for (std::size_t t = 0; t < frames; ++t) square_[t] = std::sqrt(square_[t] / count);
  for (std::size_t token = first; token + 1 < tokens; ++token) {
    const float* row = weights_.data() + token * frames;
    for (std::size_t t = 0; t < frames; ++t) {
      row_[t] = (row[t] - static_cast<float>(mean_[t])) / static_cast<float>(square_[t]);
    }
    median_filter(row_, filtered_, scratch_);
    float* cost = costs_.data() + (token - first) * frames;
    for (std::size_t t = 0; t < frames; ++t) cost[t] -= filtered_[t];
  }
}

// costs_ of rows [first, tokens - 1): minus the mean over the heads.
void Aligner::attend(std::size_t tokens, std::size_t first, std::size_t frames) {
  costs_.assign((tokens - 1 - first) * frames, 0.0F);
  if (frames == 0) return;
  weights_.resize(tokens * frames);
  mean_.resize(frames);
  square_.resize(frames);
  row_.resize(frames);
  filtered_.resize(frames);
  const std::size_t heads = model_.alignment_heads();
  for (std::size_t head = 0; head < heads; ++head) {
    add_head(model_.scores(head, frames), tokens, first, frames);
  }
  for (float& cost : costs_) cost /= static_cast<float>(heads);
}

Result<std::vector<WordTiming>> Aligner::find_alignment(std::span<const std::int32_t> text_tokens,
                                                        std::size_t count,
                                                        std::string_view language, Task task) {
  costs_.clear();
  if (text_tokens.empty()) return std::vector<WordTiming>();
  if (model_.alignment_heads() == 0) {
    return base::error(ErrorCode::kUnsupported,
                       "the model has no alignment heads, which word timestamps need");
  }
  const text::WhisperIds& ids = tokenizer_.ids();
  std::vector<std::int32_t> tokens;
  tokenizer_.append_sot_sequence(language, task == Task::kTranslate, tokens);
  const std::size_t first = tokens.size();
  tokens.push_back(ids.no_timestamps);
  tokens.insert(tokens.end(), text_tokens.begin(), text_tokens.end());
  tokens.push_back(ids.end_of_text);
  if (tokens.size() > model_.context()) {
    return base::error(ErrorCode::kInvalidArgument, "word timestamps need ", tokens.size(),
                       " tokens at once for a window, expected at most ", model_.context(),
                       ": sample_len is too large");
  }

  // The last word is the end of text, which has no time of its own.
  std::vector<text::TokenizedWord> words =
      tokenizer_.split_to_word_tokens(std::span(tokens).subspan(first + 1), language);
  if (words.size() <= 1) return std::vector<WordTiming>();
  words.pop_back();

  model_.force(tokens);
  // The model guesses a token where it has read the one before.
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < text_tokens.size(); ++i) {
    const std::span<const float> logits = model_.forced_logits(first + i);
    probabilities.push_back(probability(logits.first(static_cast<std::size_t>(ids.end_of_text)),
                                        static_cast<std::size_t>(text_tokens[i])));
  }
  const std::size_t frames = count / 2;
  attend(tokens.size(), first, frames);
  return time_words(std::move(words), probabilities, costs_, frames);
}

}  // namespace sotto::decode
