// The same search once more, the way it is described: whole sequences, ordered dictionaries, every
// hypothesis fed from its beginning. A second opinion for the tests of search.cc and rules.cc.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "lib/decode/rules.h"
#include "tests/decode/fake_decoder.h"

namespace sotto::test {

struct PlainOptions {
  decode::Rules rules;
  std::size_t context = 0;
  std::size_t max_tokens = 0;
  std::size_t beams = 0;  // 0: greedy
  std::size_t max_finished = 0;
  std::optional<double> length_penalty;
};

struct PlainResult {
  Tokens tokens;
  double sum = 0;
  bool ended = false;
};

inline double plain_log_sum(const std::vector<double>& row) {
  double sum = 0;
  for (const double x : row) sum += std::exp(x);
  return std::log(sum);
}

// Log-softmax of the logits that the rules leave, `sampled` being the tokens after the initial
// ones.
inline std::vector<double> plain_filtered(const decode::Rules& rules, const Tokens& sampled,
                                          const Logits& logits) {
  const double never = -std::numeric_limits<double>::infinity();
  std::vector<double> row(logits.begin(), logits.end());
  const std::int32_t ts = rules.ids.timestamp_begin;
  const auto size = static_cast<std::int32_t>(row.size());
  const auto ban = [&](std::int32_t from, std::int32_t to) {  // from <= id < to
    for (std::int32_t i = std::max(from, 0); i < std::min(to, size); ++i) {
      row[static_cast<std::size_t>(i)] = never;
    }
  };
  if (sampled.empty()) {
    for (const std::int32_t token : rules.blank) ban(token, token + 1);
  }
  for (const std::int32_t token : rules.suppressed) ban(token, token + 1);
  if (rules.timestamps) {
    ban(rules.ids.no_timestamps, rules.ids.no_timestamps + 1);
    const std::size_t n = sampled.size();
    const bool last = n >= 1 && sampled[n - 1] >= ts;
    const bool before = n < 2 || sampled[n - 2] >= ts;
    if (last && before) ban(ts, size);
    if (last && !before) ban(0, rules.ids.end_of_text);
    std::int32_t latest = -1;
    for (const std::int32_t token : sampled) latest = token >= ts ? token : latest;
    if (latest >= 0) ban(ts, last && !before ? latest : latest + 1);
    if (n == 0) {
      ban(0, ts);
      if (rules.max_initial_timestamp) ban(ts + *rules.max_initial_timestamp + 1, size);
    }
    double some_time = 0;
    for (std::int32_t i = ts; i < size; ++i)
      some_time += std::exp(row[static_cast<std::size_t>(i)]);
    const double other = *std::max_element(row.begin(), row.begin() + ts);
    if (std::log(some_time) > other) ban(0, ts);
  }
  const double norm = plain_log_sum(row);
  for (double& x : row) x -= norm;
  return row;
}

inline double plain_score(const PlainResult& result, std::optional<double> length_penalty) {
  const auto length = static_cast<double>(result.tokens.size());
  return result.sum /
         (length_penalty ? std::pow((5 + length) / 6, *length_penalty) : std::max(length, 1.0));
}

inline const PlainResult& plain_best(const std::vector<PlainResult>& all,
                                     std::optional<double> length_penalty) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (plain_score(all[i], length_penalty) > plain_score(all[best], length_penalty)) best = i;
  }
  return all[best];
}

// Requires: the rules always leave something.
inline PlainResult plain_search(const LogitsOf& of, std::size_t vocabulary, const Tokens& prompt,
                                const PlainOptions& options) {
  const std::int32_t eot = options.rules.ids.end_of_text;
  const auto row_after = [&](const Tokens& sampled) {
    Tokens all = prompt;
    all.insert(all.end(), sampled.begin(), sampled.end());
    Logits logits(vocabulary);
    of(all, logits);
    return plain_filtered(options.rules, sampled, logits);
  };
  struct Beam {
    Tokens tokens;
    double sum = 0;
  };
  const std::size_t width = std::max<std::size_t>(options.beams, 1);
  std::vector<Beam> beams(width);  // as many equal ones as there are to be different ones
  std::vector<PlainResult> finished;
  for (std::size_t i = 0; i < options.max_tokens; ++i) {
    std::vector<std::pair<Tokens, double>> scores;  // a dictionary in the order of insertion
    for (const Beam& beam : beams) {
      const std::vector<double> row = row_after(beam.tokens);
      std::vector<std::size_t> order(row.size());
      for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return row[a] > row[b]; });
      order.resize(std::min(order.size(), options.beams == 0 ? 1 : width + 1));
      for (const std::size_t token : order) {
        if (std::isinf(row[token])) continue;
        Tokens sequence = beam.tokens;
        sequence.push_back(static_cast<std::int32_t>(token));
        const auto same = std::find_if(scores.begin(), scores.end(),
                                       [&](const auto& entry) { return entry.first == sequence; });
        if (same == scores.end()) {
          scores.emplace_back(sequence, beam.sum + row[token]);
        } else {
          same->second = beam.sum + row[token];
        }
      }
    }
    std::stable_sort(scores.begin(), scores.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<Beam> next;
    std::vector<PlainResult> newly;
    for (auto& [sequence, score] : scores) {
      if (sequence.back() == eot) {
        newly.push_back({Tokens(sequence.begin(), sequence.end() - 1), score, true});
      } else {
        next.push_back({sequence, score});
        if (next.size() == width) break;
      }
    }
    for (const PlainResult& result : newly) {
      if (options.beams == 0 || finished.size() < options.max_finished) finished.push_back(result);
    }
    beams = std::move(next);
    if (options.beams == 0 ? !finished.empty() : finished.size() >= options.max_finished) break;
    if (beams.empty() || prompt.size() + i + 1 > options.context) break;
  }
  if (options.beams == 0 && finished.empty()) finished.push_back({beams[0].tokens, beams[0].sum});
  for (const Beam& beam : beams) {
    if (finished.size() < options.beams) finished.push_back({beam.tokens, beam.sum});
  }
  return plain_best(finished, options.length_penalty);
}

}  // namespace sotto::test
