#include "lib/decode/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/decode/allocations.h"
#include "tests/decode/fake_decoder.h"
#include "tests/decode/plain_search.h"

namespace sotto::decode {
namespace {

using test::FakeDecoder;
using test::hashed_logits;
using test::kTinyVocabulary;
using test::Logits;
using test::LogitsOf;
using test::PlainOptions;
using test::Tokens;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr std::int32_t kEnd = 5;
const Tokens kPrompt = {6, 7, 9};
// Sums of up to 40 log-probabilities, each off by log_sum_exp()'s 2e-6 at most.
constexpr double kSumTolerance = 1e-4;

Rules tiny_rules(bool timestamps) {
  Rules rules;
  rules.ids = test::tiny_ids();
  rules.timestamps = timestamps;
  rules.blank = {0, kEnd};
  rules.suppressed = {6, 7, 8, 9, 10, 11, 12};
  return rules;
}

SearchOptions greedy(const Rules& rules, std::size_t max_tokens) {
  SearchOptions options;
  options.rules = &rules;
  options.max_tokens = max_tokens;
  return options;
}

SearchOptions beam(const Rules& rules, std::size_t max_tokens, std::size_t beams) {
  SearchOptions options = greedy(rules, max_tokens);
  options.beams = beams;
  options.max_finished = beams;
  return options;
}

Hypothesis search(FakeDecoder& model, const SearchOptions& options,
                  const Tokens& prompt = kPrompt) {
  model.prompt(prompt, 0);
  return Search(model).run(prompt.size(), options);
}

// `of` with the logit of the end of text raised, so that hypotheses come to an end.
LogitsOf ending(LogitsOf of, float bonus) {
  return [of, bonus](const Tokens& tokens, std::span<float> logits) {
    of(tokens, logits);
    logits[kEnd] += bonus;
  };
}

LogitsOf scripted(const Tokens& script, float certainty = 20) {
  return test::scripted_logits(kPrompt.size(), script, kEnd, certainty);
}

void expect_plain(const LogitsOf& of, const SearchOptions& options, std::size_t context,
                  const std::string& what) {
  FakeDecoder model(kTinyVocabulary, context, std::max<std::size_t>(options.beams, 1), of);
  const Hypothesis found = search(model, options);
  PlainOptions plain;
  plain.rules = *options.rules;
  plain.context = context;
  plain.max_tokens = options.max_tokens;
  plain.beams = options.beams;
  plain.max_finished = options.max_finished;
  plain.length_penalty = options.length_penalty;
  const test::PlainResult expected = test::plain_search(of, kTinyVocabulary, kPrompt, plain);
  EXPECT_EQ(found.tokens, expected.tokens) << what;
  EXPECT_NEAR(found.sum, expected.sum, kSumTolerance) << what;
  EXPECT_EQ(found.ended, expected.ended) << what;
  EXPECT_FALSE(found.aborted);
}

TEST(GreedySearch, IsThatOfThePlainOne) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Rules rules = tiny_rules(seed % 2 == 0);
    expect_plain(ending(hashed_logits(seed), static_cast<float>(seed % 4)),
                 greedy(rules, 1 + seed % 20), 24, std::to_string(seed));
  }
}

TEST(BeamSearch, IsThatOfThePlainOne) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const Rules rules = tiny_rules(seed % 2 == 0);
    SearchOptions options = beam(rules, 1 + seed % 15, 1 + seed % 6);
    if (seed % 3 == 0) options.max_finished = 1 + seed % 11;  // of patience
    if (seed % 5 == 0) options.length_penalty = static_cast<double>(seed % 11) / 10;
    expect_plain(ending(hashed_logits(seed), static_cast<float>(seed % 5) - 1), options, 16,
                 std::to_string(seed));
  }
}

TEST(BeamSearch, OfEnoughBeamsFindsTheBestOfAll) {
  // Three tokens of the text and the end: 3 + 9 + 27 + 81 hypotheses of up to four tokens.
  Rules rules = tiny_rules(false);
  rules.blank.clear();
  rules.suppressed = {3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const LogitsOf of = hashed_logits(seed, 3);
    std::vector<test::PlainResult> all;
    std::vector<test::PlainResult> level = {{}};
    for (int length = 0; length < 4; ++length) {
      std::vector<test::PlainResult> next;
      for (const test::PlainResult& result : level) {
        Tokens fed = kPrompt;
        fed.insert(fed.end(), result.tokens.begin(), result.tokens.end());
        Logits logits(kTinyVocabulary);
        of(fed, logits);
        const std::vector<double> row = test::plain_filtered(rules, result.tokens, logits);
        all.push_back({result.tokens, result.sum + row[kEnd], true});
        for (std::int32_t token = 0; token < 3; ++token) {
          next.push_back(result);
          next.back().tokens.push_back(token);
          next.back().sum += row[static_cast<std::size_t>(token)];
        }
      }
      level = next;
    }
    all.insert(all.end(), level.begin(), level.end());
    const test::PlainResult& best = test::plain_best(all, std::nullopt);

    FakeDecoder model(kTinyVocabulary, 16, 200, of);
    const Hypothesis found = search(model, beam(rules, 4, 200));
    EXPECT_EQ(found.tokens, best.tokens) << seed;
    EXPECT_NEAR(found.sum, best.sum, kSumTolerance);
    EXPECT_EQ(found.ended, best.ended);
  }
}

TEST(BeamSearch, OfOneBeamIsGreedyUntilTheEndIsAmongTheTwoLikeliest) {
  const Rules rules = tiny_rules(true);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FakeDecoder model(kTinyVocabulary, 20, 1, ending(hashed_logits(seed), -100));
    const Hypothesis one = search(model, beam(rules, 12, 1));
    const Hypothesis best = search(model, greedy(rules, 12));
    EXPECT_EQ(one.tokens, best.tokens);
    EXPECT_DOUBLE_EQ(one.sum, best.sum);
  }
}

TEST(BeamSearch, FillsUpWithUnfinishedBeamsWherePatienceIsBelowOne) {
  // The end of text, second at the first token, ends the search; two hypotheses there are to be.
  const LogitsOf of = [](const Tokens&, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), -50.0F);
    logits[1] = 2;
    logits[kEnd] = 1;
    logits[2] = 0;
  };
  Rules rules = tiny_rules(false);
  rules.blank.clear();
  FakeDecoder model(kTinyVocabulary, 16, 2, of);
  SearchOptions options = beam(rules, 10, 2);
  options.max_finished = 1;
  const Hypothesis found = search(model, options);
  EXPECT_EQ(model.steps, 0U);
  EXPECT_EQ(found.tokens, Tokens{1});
  EXPECT_FALSE(found.ended);
}

// Two hypotheses: {1} with a sum of -1, {2, 2, 2} with one of -1.31.
void two_lengths(const Tokens& tokens, std::span<float> logits) {
  std::fill(logits.begin(), logits.end(), -kInf);
  if (tokens.size() < kPrompt.size()) return;  // the probe
  const std::size_t sampled = tokens.size() - kPrompt.size();
  if (sampled == 0) {
    logits[1] = -1;
    logits[2] = std::log(1 - std::exp(-1.0F));
  } else if (tokens[kPrompt.size()] == 1 || sampled == 3) {
    logits[kEnd] = 0;
  } else if (tokens.back() == 2) {
    const float p = (-1.31F - std::log(1 - std::exp(-1.0F))) / 2;
    logits[2] = p;
    logits[3] = std::log(1 - std::exp(p));
  } else {
    logits[4] = 0;
  }
}

TEST(BeamSearch, PenalisesLengthAsGoogleDoes) {
  // ((5 + 3) / 6)^alpha is 1.31 at alpha = 0.94, and (5 + 1) / 6 is 1.
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 2, two_lengths);
  SearchOptions options = beam(rules, 10, 2);
  const Hypothesis longest = search(model, options);  // the mean: -0.44 against -1
  EXPECT_EQ(longest.tokens, (Tokens{2, 2, 2}));
  EXPECT_NEAR(longest.sum, -1.31, 1e-5);
  for (const double alpha : {0.0, 0.5, 0.9}) {
    options.length_penalty = alpha;
    EXPECT_EQ(search(model, options).tokens, Tokens{1}) << alpha;
  }
  options.length_penalty = 1;
  EXPECT_EQ(search(model, options).tokens, (Tokens{2, 2, 2}));
}

TEST(BeamSearch, TakesTheFirstOfEquals) {
  const LogitsOf of = [](const Tokens& tokens, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), -50.0F);
    if (tokens.size() > kPrompt.size()) {
      logits[kEnd] = 0;
    } else {
      logits[1] = logits[2] = logits[3] = 0;
    }
  };
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 3, of);
  EXPECT_EQ(search(model, beam(rules, 10, 2)).tokens, Tokens{1});
  // Without an end, numpy's order of the unfinished counts from the back.
  EXPECT_EQ(search(model, beam(rules, 1, 2)).tokens, Tokens{2});
}

TEST(Search, SumsTheEndOfTextButDoesNotListIt) {
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 2, scripted({1, 2, 3}, 3));
  for (const SearchOptions& options : {greedy(rules, 10), beam(rules, 10, 2)}) {
    const Hypothesis found = search(model, options);
    EXPECT_EQ(found.tokens, (Tokens{1, 2, 3}));
    EXPECT_TRUE(found.ended);
    ASSERT_EQ(found.log_probabilities.size(), 3U);
    // 13 tokens may follow, 11 at first: one with exp(3), the others with 1.
    const double first = 3 - std::log(std::exp(3) + 10), later = 3 - std::log(std::exp(3) + 12);
    EXPECT_NEAR(found.log_probabilities[0], first, 1e-5);
    EXPECT_NEAR(found.log_probabilities[1], later, 1e-5);
    EXPECT_NEAR(found.log_probabilities[2], later, 1e-5);
    EXPECT_NEAR(found.sum, first + 3 * later, 1e-5);
  }
}

TEST(Search, ListsTheLogProbabilitiesThatItSums) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Rules rules = tiny_rules(seed % 2 == 0);
    FakeDecoder model(kTinyVocabulary, 30, 5, ending(hashed_logits(seed), -100));
    SearchOptions options = seed % 3 == 0 ? greedy(rules, 20) : beam(rules, 20, 5);
    if (seed % 3 == 1) {
      options.beams = 0;
      options.samples = 4;
      options.temperature = 0.7;
    }
    const Hypothesis found = search(model, options);
    double sum = 0;
    for (const float x : found.log_probabilities) sum += static_cast<double>(x);
    EXPECT_EQ(found.tokens.size(), 20U);
    EXPECT_NEAR(found.sum, sum, 20 * 4 * 0x1p-24 * 20) << seed;
  }
}

TEST(Search, StopsAtTheMostTokens) {
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 3, scripted(Tokens(30, 2)));
  for (const SearchOptions& options : {greedy(rules, 4), beam(rules, 4, 3)}) {
    model.steps = 0;
    const Hypothesis found = search(model, options);
    EXPECT_EQ(found.tokens, Tokens(4, 2));
    EXPECT_FALSE(found.ended);
    EXPECT_EQ(model.steps, 3U);  // the last token is not fed
  }
}

TEST(Search, StopsAtTheFirstTokenThatTheContextCannotHold) {
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 3, scripted(Tokens(30, 2)));
  for (const SearchOptions& options : {greedy(rules, 1000), beam(rules, 1000, 3)}) {
    EXPECT_EQ(search(model, options).tokens.size(), 16 + 1 - kPrompt.size());
  }
  const Tokens full(16, 1);
  model.prompt(full, 0);
  EXPECT_EQ(Search(model).run(16, greedy(rules, 9)).tokens.size(), 1U);
}

TEST(Search, StopsWhereNothingCanBeChosen) {
  const Rules rules = tiny_rules(false);
  for (const float broken : {-kInf, std::numeric_limits<float>::quiet_NaN(), kInf}) {
    const LogitsOf of = [broken](const Tokens& tokens, std::span<float> logits) {
      std::fill(logits.begin(), logits.end(), tokens.size() == 5 ? broken : 0.0F);
    };
    FakeDecoder model(kTinyVocabulary, 16, 3, of);
    SearchOptions sampled = greedy(rules, 10);
    sampled.samples = 3;
    sampled.temperature = 1;
    sampled.seed = 3;
    for (const SearchOptions& options : {greedy(rules, 10), beam(rules, 10, 3), sampled}) {
      const Hypothesis found = search(model, options);
      EXPECT_LE(found.tokens.size(), 2U);
      EXPECT_TRUE(std::isfinite(found.sum));
      EXPECT_TRUE(found.ended || found.tokens.size() == 2);
    }
    const Tokens broken_at_once = {6, 7, 9, 1, 1};
    for (const SearchOptions& options : {greedy(rules, 10), beam(rules, 10, 3), sampled}) {
      const Hypothesis found = search(model, options, broken_at_once);
      EXPECT_EQ(found.tokens, Tokens());
      EXPECT_EQ(found.sum, 0);
      EXPECT_FALSE(found.ended);
    }
  }
}

TEST(Search, ContinuesNoBeamWithWhatCannotBeChosen) {
  // One token and the end may follow: never more than one beam of three.
  Rules rules = tiny_rules(false);
  rules.blank.clear();
  rules.suppressed = {0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
  FakeDecoder model(kTinyVocabulary, 16, 3, hashed_logits(4));
  const Hypothesis found = search(model, beam(rules, 5, 3));
  for (const std::int32_t token : found.tokens) EXPECT_EQ(token, 2);
  EXPECT_EQ(model.steps, 2U);  // three ends were found
  rules.suppressed.push_back(2);
  EXPECT_TRUE(search(model, beam(rules, 5, 3)).ended);  // the end alone
  EXPECT_EQ(model.steps, 2U);
}

TEST(Search, IsTheSameWhenItIsUsedAgain) {
  const Rules rules = tiny_rules(true);
  FakeDecoder model(kTinyVocabulary, 20, 4, ending(hashed_logits(8), 1));
  Search search(model);
  SearchOptions sampled = greedy(rules, 15);
  sampled.samples = 4;
  sampled.temperature = 1;
  const std::vector<SearchOptions> all = {greedy(rules, 15), beam(rules, 15, 4), sampled};
  std::vector<Tokens> first;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      model.prompt(kPrompt, 0);
      const Hypothesis found = search.run(kPrompt.size(), all[i]);
      if (round == 0) first.push_back(found.tokens);
      EXPECT_EQ(found.tokens, first[i]);
    }
  }
}

TEST(Sampling, DrawsAsOftenAsTheSoftmaxSays) {
  // After the prompt: 1 with 0.5, 2 with 0.3, 3 with 0.2 at temperature 1; then the end.
  const LogitsOf of = [](const Tokens& tokens, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), -kInf);
    if (tokens.size() > kPrompt.size()) {
      logits[kEnd] = 0;
    } else {
      logits[1] = std::log(0.5F);
      logits[2] = std::log(0.3F);
      logits[3] = std::log(0.2F);
    }
  };
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 1, of);
  Search search(model);
  for (const double temperature : {1.0, 0.5}) {
    SearchOptions options = greedy(rules, 4);
    options.temperature = temperature;
    const double weight[] = {0, std::pow(0.5, 1 / temperature), std::pow(0.3, 1 / temperature),
                             std::pow(0.2, 1 / temperature)};
    const double total = weight[1] + weight[2] + weight[3];
    int counts[4] = {};
    constexpr int kDraws = 20000;
    for (options.seed = 0; options.seed < kDraws; ++options.seed) {
      model.prompt(kPrompt, 0);
      const Hypothesis found = search.run(kPrompt.size(), options);
      ASSERT_EQ(found.tokens.size(), 1U);
      ASSERT_TRUE(found.tokens[0] >= 1 && found.tokens[0] <= 3);
      ++counts[found.tokens[0]];
      // Whatever the temperature, probabilities are those of temperature 1.
      const float p[] = {0, 0.5F, 0.3F, 0.2F};
      EXPECT_NEAR(std::exp(found.log_probabilities[0]), p[found.tokens[0]], 1e-5);
    }
    for (int token = 1; token <= 3; ++token) {
      const double p = weight[token] / total;
      EXPECT_NEAR(counts[token], p * kDraws, 4.5 * std::sqrt(p * (1 - p) * kDraws));
    }
  }
}

TEST(Sampling, KeepsTheBestAndEachSampleIsTheSameAmongMore) {
  const Rules rules = tiny_rules(true);
  int improved = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    FakeDecoder model(kTinyVocabulary, 20, 6, ending(hashed_logits(seed), 2));
    SearchOptions options = greedy(rules, 10);
    options.temperature = 0.9;
    options.seed = seed;
    double last = -kInf;
    for (options.samples = 1; options.samples <= 6; ++options.samples) {
      const Hypothesis found = search(model, options);
      const double score =
          found.sum / static_cast<double>(std::max<std::size_t>(found.tokens.size(), 1));
      EXPECT_GE(score, last) << seed;
      if (options.samples > 1 && score > last) ++improved;
      last = score;
    }
  }
  EXPECT_GT(improved, 10);  // samples differ
}

TEST(Sampling, DependsOnTheSeed) {
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 40, 1, ending(hashed_logits(1, 1), -100));
  SearchOptions options = greedy(rules, 30);
  options.temperature = 1;
  const Tokens first = search(model, options).tokens;
  EXPECT_EQ(search(model, options).tokens, first);
  options.seed = 1;
  EXPECT_NE(search(model, options).tokens, first);
}

TEST(Sampling, FeedsOnlyWhatHasNotEnded) {
  // All samples end after two tokens at most; ended ones must not be fed again.
  const LogitsOf of = [](const Tokens& tokens, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), -kInf);
    logits[kEnd] = 0;
    if (tokens.size() < kPrompt.size() + 2) logits[1] = logits[2] = 0;
  };
  Rules rules = tiny_rules(false);
  rules.blank.clear();
  FakeDecoder model(kTinyVocabulary, 16, 6, [&](const Tokens& tokens, std::span<float> logits) {
    EXPECT_EQ(std::count(tokens.begin(), tokens.end(), kEnd), 0);
    of(tokens, logits);
  });
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SearchOptions options = greedy(rules, 10);
    options.temperature = 1;
    options.samples = 6;
    options.seed = seed;
    EXPECT_TRUE(search(model, options).ended);
  }
}

class CountingAbort final : public Abort {
 public:
  bool requested() noexcept override { return asked++ >= allowed; }
  int allowed = 0, asked = 0;
};

TEST(Search, AbortsBetweenTokens) {
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 3, scripted(Tokens(30, 2)));
  for (SearchOptions options : {greedy(rules, 10), beam(rules, 10, 3)}) {
    for (int allowed : {0, 1, 4}) {
      CountingAbort abort;
      abort.allowed = allowed;
      options.abort = &abort;
      const Hypothesis found = search(model, options);
      EXPECT_TRUE(found.aborted);
      EXPECT_FALSE(found.ended);
      EXPECT_EQ(found.tokens, Tokens(static_cast<std::size_t>(allowed), 2));
    }
  }
}

class RecordingFilter final : public LogitFilter {
 public:
  void apply(std::span<const std::int32_t> sampled, std::span<float> logits) noexcept override {
    seen.emplace_back(sampled.begin(), sampled.end());
    EXPECT_EQ(logits[6], -kInf);  // the rules have been applied
    logits[2] = -kInf;
    if (poison) logits[1] = std::numeric_limits<float>::quiet_NaN();
  }
  std::vector<Tokens> seen;
  bool poison = false;
};

TEST(Search, AppliesTheCallersFilterAfterTheRules) {
  const Rules rules = tiny_rules(false);
  FakeDecoder model(kTinyVocabulary, 16, 3, scripted({1, 2, 3}));
  RecordingFilter filter;
  SearchOptions options = greedy(rules, 3);
  options.filter = &filter;
  const Hypothesis found = search(model, options);
  EXPECT_EQ(found.tokens, (Tokens{1, 0, 3}));
  EXPECT_EQ(filter.seen, (std::vector<Tokens>{{}, {1}, {1, 0}}));
  filter.poison = true;
  EXPECT_EQ(search(model, options).tokens, (Tokens{3, 0, 3}));

  RecordingFilter beams;
  options = beam(rules, 3, 2);
  options.filter = &beams;
  const Hypothesis wide = search(model, options);
  EXPECT_EQ(std::count(wide.tokens.begin(), wide.tokens.end(), 2), 0);
  EXPECT_EQ(beams.seen.size(), 1U + 2 + 2);
}

TEST(Search, AllocatesNothingBetweenTheFirstTokenAndTheLast) {
  const Rules rules = tiny_rules(true);
  long at_last_step = 0, between_steps = 0;
  std::size_t steps = 0;
  FakeDecoder model(kTinyVocabulary, 40, 5, [](const Tokens& tokens, std::span<float> logits) {
    static const LogitsOf of = hashed_logits(6);
    of(tokens, logits);
    logits[kEnd] = -9;
  });
  model.on_step = [&] {
    const long now = test::allocations();
    if (++steps > 1) between_steps += now - at_last_step;
    at_last_step = now;
  };
  Search search(model);
  SearchOptions sampled = greedy(rules, 30);
  sampled.samples = 5;
  sampled.temperature = 1;
  CountingAbort never;
  never.allowed = 1000;
  for (SearchOptions options : {greedy(rules, 30), beam(rules, 30, 5), sampled}) {
    options.abort = &never;
    model.prompt(kPrompt, 0);
    const long before = test::allocations();
    steps = 0;
    const Hypothesis found = search.run(kPrompt.size(), options);
    EXPECT_EQ(steps, 29U);
    EXPECT_EQ(between_steps, 0);
    EXPECT_EQ(test::allocations() - before, 2);  // the result's two lists
    EXPECT_EQ(found.tokens.size(), 30U);
  }
}

}  // namespace
}  // namespace sotto::decode
