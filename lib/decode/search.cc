#include "lib/decode/search.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sotto::decode {

Search::Search(DecoderModel& model) : model_(model) {
  const std::size_t rows = model.max_hypotheses();
  nodes_.reserve(rows * model.context());  // a prompt has a token: at most as many are sampled
  samples_.reserve(rows);
  beams_.reserve(rows);
  next_beams_.reserve(rows);
  candidates_.reserve(rows * (rows + 1));
  best_ids_.resize(rows + 1);
  weights_.resize(model.vocabulary());
  history_.reserve(model.context());
  fed_.reserve(rows);
  fed_parents_.reserve(rows);
}

Hypothesis Search::run(std::size_t prompt, const SearchOptions& options) {
  nodes_.clear();
  finished_ = 0;
  aborted_ = false;
  // The last token sampled may be one that there is no room to feed.
  const std::size_t steps = std::min(options.max_tokens, model_.context() + 1 - prompt);
  if (options.beams > 0) {
    beam(steps, options);
  } else {
    sample(steps, options);
  }

  Hypothesis result;
  result.tokens.resize(best_.path.sampled.count);
  tokens_of(best_.path, result.tokens);
  result.log_probabilities.resize(result.tokens.size());
  std::uint32_t node = best_.path.node;
  for (std::size_t i = result.tokens.size(); i > 0; --i) {
    result.log_probabilities[i - 1] = nodes_[node].log_probability;
    node = nodes_[node].parent;
  }
  result.sum = best_.path.sum;
  result.ended = best_.ended;
  result.aborted = aborted_;
  return result;
}

// Every sample has random numbers of its own, so that it does not depend on how many there are.
void Search::sample(std::size_t steps, const SearchOptions& options) {
  const std::int32_t end_of_text = options.rules->ids.end_of_text;
  Random seeds(options.seed);
  samples_.clear();
  for (std::size_t i = 0; i < options.samples; ++i) {
    samples_.push_back({.random = Random(seeds.next())});
  }
  for (std::size_t step = 0; step < steps && !aborted(options); ++step) {
    fed_.clear();
    fed_parents_.clear();
    double log_sum = 0;
    for (Sample& sample : samples_) {
      if (!sample.active) continue;
      Path& path = sample.path;
      // After the prompt all samples are one and the same row.
      if (step > 0 || &sample == samples_.data()) log_sum = filter(path, options);
      sample.active = std::isfinite(log_sum);
      if (!sample.active) continue;
      const std::span<const float> logits = model_.logits(path.row);
      std::int32_t token = 0;
      if (options.temperature == 0) {
        largest_ids(logits, std::span(&token, 1));
      } else {
        token = draw(logits, options.temperature, sample.random.uniform(), weights_);
      }
      const double log_probability =
          decode::log_probability(logits[static_cast<std::size_t>(token)], log_sum);
      if (token == end_of_text) {
        path.sum += log_probability;
        sample.active = false;
        sample.ended = true;
        continue;
      }
      extend(path, token, log_probability, *options.rules);
      feed(path);
    }
    if (fed_.empty() || step + 1 == steps) break;
    model_.step(fed_, fed_parents_);
  }
  for (const Sample& sample : samples_) finish(sample.path, sample.ended, options);
}

void Search::beam(std::size_t steps, const SearchOptions& options) {
  const std::int32_t end_of_text = options.rules->ids.end_of_text;
  beams_.assign(1, Path{});
  for (std::size_t step = 0; step < steps && !aborted(options); ++step) {
    expand(options);
    if (candidates_.empty()) break;
    next_beams_.clear();
    fed_.clear();
    fed_parents_.clear();
    for (const Candidate& candidate : candidates_) {
      Path path = beams_[candidate.beam];
      if (candidate.token == end_of_text) {
        path.sum = candidate.sum;
        if (finished_ < options.max_finished) finish(path, true, options);
        continue;
      }
      extend(path, candidate.token, candidate.log_probability, *options.rules);
      feed(path);
      next_beams_.push_back(path);
      if (next_beams_.size() == options.beams) break;
    }
    std::swap(beams_, next_beams_);
    if (finished_ >= options.max_finished || beams_.empty() || step + 1 == steps) break;
    model_.step(fed_, fed_parents_);
  }
  // Too few ended: the likeliest of the others join them; of equals, as in the reference, the
  // later.
  std::sort(beams_.begin(), beams_.end(), [](const Path& a, const Path& b) {
    return a.sum != b.sum ? a.sum > b.sum : a.row > b.row;
  });
  for (const Path& path : beams_) {
    if (finished_ < options.beams) finish(path, false, options);
  }
}

// Makes candidates_ of the likeliest continuations of each beam, in the order of their sums. One
// more than there are beams, as one may be the end of text.
void Search::expand(const SearchOptions& options) {
  candidates_.clear();
  for (std::uint32_t i = 0; i < beams_.size(); ++i) {
    const Path& path = beams_[i];
    const double log_sum = filter(path, options);
    if (!std::isfinite(log_sum)) continue;
    const std::span<const float> logits = model_.logits(path.row);
    const std::size_t found = largest_ids(logits, std::span(best_ids_).first(options.beams + 1));
    for (std::size_t k = 0; k < found; ++k) {
      const std::int32_t token = best_ids_[k];
      const double log_probability =
          decode::log_probability(logits[static_cast<std::size_t>(token)], log_sum);
      candidates_.push_back({path.sum + log_probability, log_probability, token, i,
                             static_cast<std::uint32_t>(candidates_.size())});
    }
  }
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.sum != b.sum ? a.sum > b.sum : a.order < b.order;
  });
}

// Applies the rules to the logits that follow `path` and returns their log_sum_exp().
double Search::filter(const Path& path, const SearchOptions& options) {
  const std::span<float> logits = model_.logits(path.row);
  options.rules->apply(path.sampled, logits);
  if (options.filter != nullptr) {
    history_.resize(path.sampled.count);
    tokens_of(path, history_);
    options.filter->apply(history_, logits);
  }
  return log_sum_exp(logits);
}

void Search::extend(Path& path, std::int32_t token, double log_probability, const Rules& rules) {
  nodes_.push_back({token, path.node, static_cast<float>(log_probability)});
  path.node = static_cast<std::uint32_t>(nodes_.size() - 1);
  path.sum += log_probability;
  path.sampled.push(token, rules.ids.timestamp_begin);
}

// Has the model's next step continue the path's row with its last token.
void Search::feed(Path& path) {
  fed_.push_back(path.sampled.last);
  fed_parents_.push_back(path.row);
  path.row = static_cast<std::uint32_t>(fed_.size() - 1);
}

void Search::finish(const Path& path, bool ended, const SearchOptions& options) {
  const auto length = static_cast<double>(path.sampled.count);
  const double penalty = options.length_penalty
                             ? std::pow((5 + length) / 6, *options.length_penalty)
                             : std::max(length, 1.0);
  const double score = path.sum / penalty;
  if (finished_ == 0 || score > best_.score) best_ = {path, score, ended};
  ++finished_;
}

bool Search::aborted(const SearchOptions& options) {
  if (options.abort != nullptr && options.abort->requested()) aborted_ = true;
  return aborted_;
}

// Requires: as many tokens as the path has.
void Search::tokens_of(const Path& path, std::span<std::int32_t> tokens) const {
  std::uint32_t node = path.node;
  for (std::size_t i = tokens.size(); i > 0; --i) {
    tokens[i - 1] = nodes_[node].token;
    node = nodes_[node].parent;
  }
}

}  // namespace sotto::decode
