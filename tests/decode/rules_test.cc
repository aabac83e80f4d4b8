#include "lib/decode/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/decode/fake_decoder.h"
#include "tests/decode/fake_vocabulary.h"
#include "tests/decode/plain_search.h"
#include "tests/support/temp_folder.h"

namespace sotto::decode {
namespace {

using test::kTinyVocabulary;
using test::Logits;
using test::Tokens;

constexpr std::int32_t kT0 = 14;  // tiny_ids().timestamp_begin

Rules tiny_rules() {
  Rules rules;
  rules.ids = test::tiny_ids();
  return rules;
}

Sampled after(const Tokens& tokens) {
  Sampled sampled;
  for (const std::int32_t token : tokens) sampled.push(token, kT0);
  return sampled;
}

// The ids that may follow `sampled` where all logits are equal, but for `bonus` of one of them.
Tokens allowed(const Rules& rules, const Tokens& sampled, std::int32_t favourite = 0,
               float bonus = 9) {
  Logits logits(kTinyVocabulary, 1);
  logits[static_cast<std::size_t>(favourite)] += bonus;
  rules.apply(after(sampled), logits);
  Tokens left;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isfinite(logits[i])) left.push_back(static_cast<std::int32_t>(i));
  }
  return left;
}

Tokens range(std::int32_t from, std::int32_t to) {  // both included
  Tokens all;
  for (std::int32_t i = from; i <= to; ++i) all.push_back(i);
  return all;
}

Tokens join(Tokens a, const Tokens& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(SuppressBlank, ForbidsBlankAndEndOfTextAtTheFirstTokenAlone) {
  Rules rules = tiny_rules();
  rules.timestamps = false;
  rules.blank = {0, 5};
  EXPECT_EQ(allowed(rules, {}), join(range(1, 4), range(6, 19)));
  EXPECT_EQ(allowed(rules, {3}), range(0, 19));
}

TEST(SuppressTokens, ForbidsThemAlways) {
  Rules rules = tiny_rules();
  rules.timestamps = false;
  rules.suppressed = {1, 2, 19};
  EXPECT_EQ(allowed(rules, {}), join({0}, range(3, 18)));
  EXPECT_EQ(allowed(rules, {3, 3}), join({0}, range(3, 18)));
}

TEST(TimestampRules, BeginWithATimestamp) { EXPECT_EQ(allowed(tiny_rules(), {}), range(kT0, 19)); }

TEST(TimestampRules, BeginByTheInitialLimit) {
  Rules rules = tiny_rules();
  rules.max_initial_timestamp = 2;
  EXPECT_EQ(allowed(rules, {}), range(kT0, kT0 + 2));
  rules.max_initial_timestamp = 100;
  EXPECT_EQ(allowed(rules, {}), range(kT0, 19));
  EXPECT_EQ(allowed(rules, {15, 3}), join(range(0, 12), range(16, 19)));  // not later on
}

TEST(TimestampRules, ForbidAThirdTimestampInARow) {
  EXPECT_EQ(allowed(tiny_rules(), {15}),
            range(0, 12));  // what comes before the first counts as one
  EXPECT_EQ(allowed(tiny_rules(), {15, 3, 16, 16}), range(0, 12));
}

TEST(TimestampRules, CompleteAPairOrEnd) {
  EXPECT_EQ(allowed(tiny_rules(), {15, 3, 16}, 5), join(range(5, 12), range(16, 19)));
}

TEST(TimestampRules, Ascend) {
  // Text came after 16: a later one. After 16 as the first of a pair: the same or a later one.
  EXPECT_EQ(allowed(tiny_rules(), {15, 3, 16, 16, 2}), join(range(0, 12), range(17, 19)));
  EXPECT_EQ(allowed(tiny_rules(), {15, 3, 18}, 5), join(range(5, 12), range(18, 19)));
  EXPECT_EQ(allowed(tiny_rules(), {15, 3, 19, 19, 2}), range(0, 12));  // none is left
}

TEST(TimestampRules, ForceATimestampThatIsLikelierThanAnyOtherToken) {
  // After 17, 18 and 19 are left: together exp(1) * 2 against exp(1 + bonus) of token 3.
  const double even = std::log(2.0);
  EXPECT_EQ(allowed(tiny_rules(), {17, 3}, 3, static_cast<float>(even + 1e-4)),
            join(range(0, 12), range(18, 19)));
  EXPECT_EQ(allowed(tiny_rules(), {17, 3}, 3, static_cast<float>(even - 1e-4)), range(18, 19));
  // A tie leaves both: one timestamp is as likely as one token, not likelier.
  EXPECT_EQ(allowed(tiny_rules(), {18, 3}, 3, 0), join(range(0, 12), {19}));
}

TEST(TimestampRules, AreLeftOutWithoutTimestamps) {
  Rules rules = tiny_rules();
  rules.timestamps = false;
  EXPECT_EQ(allowed(rules, {}), range(0, 19));
  EXPECT_EQ(allowed(rules, {15, 15, 15}), range(0, 19));
}

TEST(TimestampRules, NeverAllowTheTokenForNone) {
  for (const Tokens& sampled : {Tokens{}, {15}, {15, 0}, {15, 0, 16}, {15, 0, 16, 16}, {0, 1}}) {
    const Tokens left = allowed(tiny_rules(), sampled, 13);
    EXPECT_EQ(std::count(left.begin(), left.end(), 13), 0);
  }
}

TEST(Rules, LeaveWhatPlainRulesLeave) {
  std::mt19937 rng(3);
  const auto of = test::hashed_logits(17, 3);
  for (int round = 0; round < 3000; ++round) {
    Rules rules = tiny_rules();
    rules.timestamps = round % 4 != 0;
    if (round % 2 == 0) rules.blank = {0, 5};
    if (round % 3 == 0) rules.suppressed = {2, 7, 8, 16};
    if (round % 5 == 0) rules.max_initial_timestamp = round % 7;
    Tokens sampled(rng() % 6);
    for (std::int32_t& token : sampled) token = static_cast<std::int32_t>(rng() % kTinyVocabulary);
    Logits logits(kTinyVocabulary);
    of(sampled, logits);
    const std::vector<double> expected = test::plain_filtered(rules, sampled, logits);
    rules.apply(after(sampled), logits);
    for (std::size_t i = 0; i < kTinyVocabulary; ++i) {
      EXPECT_EQ(std::isfinite(logits[i]), std::isfinite(expected[i])) << round << " " << i;
    }
  }
}

class SuppressedTokens : public testing::Test {
 protected:
  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ = test::multilingual_tokenizer();
  Tokens specials_ = {50258, 50358, 50359, 50360, 50361, 50362};
};

TEST_F(SuppressedTokens, AreNoneForAnEmptyList) {
  const auto tokens = suppressed_tokens(*tokenizer_, "");
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, Tokens());
}

TEST_F(SuppressedTokens, AreThoseOfTheListAndTheSpecialOnes) {
  const auto tokens = suppressed_tokens(*tokenizer_, "9, 3,9 ,50259,50359");
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, (Tokens{3, 9, 50258, 50259, 50358, 50359, 50360, 50361, 50362}));
}

TEST_F(SuppressedTokens, OfMinusOneAreTheSymbolsThatAreNotSpoken) {
  Tokens expected = tokenizer_->non_speech_tokens();
  ASSERT_FALSE(expected.empty());
  expected.insert(expected.end(), specials_.begin(), specials_.end());
  const auto tokens = suppressed_tokens(*tokenizer_, "-1");
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, expected);

  const auto more = suppressed_tokens(*tokenizer_, "50363,-1");
  ASSERT_OK(more);
  expected.push_back(50363);
  EXPECT_EQ(*more, expected);
}

TEST_F(SuppressedTokens, RefuseWhatIsNoId) {
  for (const std::string list :
       {" ", ",", "3,", "-2", "51865", "x", "3;4", "0x3", "1 2", "3.0", "99999999999999999999"}) {
    EXPECT_ERROR(suppressed_tokens(*tokenizer_, list), ErrorCode::kInvalidArgument,
                 "suppress_tokens");
  }
  EXPECT_ERROR(suppressed_tokens(*tokenizer_, "7,51865"), ErrorCode::kInvalidArgument,
               "0 to 51864");
}

TEST_F(SuppressedTokens, OfALongListAreEachOnce) {
  std::string list = "-1";
  for (int i = 0; i < 200000; ++i) list += i % 2 == 0 ? ",-1" : ",7";
  const auto tokens = suppressed_tokens(*tokenizer_, list);
  ASSERT_OK(tokens);
  EXPECT_LE(tokens->size(), tokenizer_->non_speech_tokens().size() + 7);
}

TEST_F(SuppressedTokens, BecomeRulesWithTheOtherOptions) {
  DecodingOptions options;
  auto rules = make_rules(*tokenizer_, options);
  ASSERT_OK(rules);
  EXPECT_EQ(rules->blank, join(tokenizer_->blank(), {50257}));
  EXPECT_EQ(rules->suppressed, *suppressed_tokens(*tokenizer_, "-1"));
  EXPECT_TRUE(rules->timestamps);
  EXPECT_EQ(rules->max_initial_timestamp, 50);

  options.suppress_blank = false;
  options.suppress_tokens = "";
  options.without_timestamps = true;
  options.max_initial_timestamp.reset();
  rules = make_rules(*tokenizer_, options);
  ASSERT_OK(rules);
  EXPECT_EQ(rules->blank, Tokens());
  EXPECT_EQ(rules->suppressed, Tokens());
  EXPECT_FALSE(rules->timestamps);
  EXPECT_EQ(rules->max_initial_timestamp, std::nullopt);
}

TEST_F(SuppressedTokens, LetTheFirstTimestampBeRoundedAsPythonDoes) {
  const auto limit = [&](double seconds) {
    DecodingOptions options;
    options.max_initial_timestamp = seconds;
    return make_rules(*tokenizer_, options)->max_initial_timestamp;
  };
  EXPECT_EQ(limit(0), std::nullopt);  // false in Python
  EXPECT_EQ(limit(0.3), 15);
  EXPECT_EQ(limit(0.001), 0);
  EXPECT_EQ(limit(0.01), 0);  // a half, to the even one
  EXPECT_EQ(limit(0.05), 2);
  EXPECT_EQ(limit(0.07), 4);
  EXPECT_EQ(limit(30), 1500);
  for (const double bad : {-0.1, 30.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    DecodingOptions options;
    options.max_initial_timestamp = bad;
    EXPECT_ERROR(make_rules(*tokenizer_, options), ErrorCode::kInvalidArgument,
                 "max_initial_timestamp");
  }
}

}  // namespace
}  // namespace sotto::decode
