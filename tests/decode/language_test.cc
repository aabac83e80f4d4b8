#include "lib/decode/language.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "tests/decode/fake_decoder.h"
#include "tests/decode/fake_vocabulary.h"
#include "tests/support/temp_folder.h"

namespace sotto::decode {
namespace {

using test::FakeDecoder;
using test::Tokens;

constexpr std::size_t kFirst = 50259, kLanguages = 99;

class LanguageDetecting : public testing::Test {
 protected:
  // After the start of the transcript, what is no language is likeliest; German before French.
  FakeDecoder model_{test::kMultilingual, 448, 1,
                     [](const Tokens& tokens, std::span<float> logits) {
                       EXPECT_EQ(tokens, Tokens{50258});
                       std::fill(logits.begin(), logits.end(), 30.0F);
                       std::fill_n(logits.begin() + kFirst, kLanguages, 0.0F);
                       logits[kFirst + 2] = 3;  // en zh de es ru ko fr
                       logits[kFirst + 6] = 2;
                     }};
  std::unique_ptr<const text::WhisperTokenizer> tokenizer_ = test::multilingual_tokenizer();
};

TEST_F(LanguageDetecting, IsTheSoftmaxOfTheLanguagesAlone) {
  const auto found = detect_language(model_, *tokenizer_);
  ASSERT_OK(found);
  EXPECT_EQ(found->code, "de");
  EXPECT_EQ(found->token, 50261);
  ASSERT_EQ(found->probabilities.size(), kLanguages);
  const double sum = std::exp(3.0) + std::exp(2.0) + kLanguages - 2;
  for (std::size_t i = 0; i < kLanguages; ++i) {
    const double expected = std::exp(i == 2 ? 3.0 : i == 6 ? 2.0 : 0.0) / sum;
    EXPECT_NEAR(found->probabilities[i], expected, 1e-6) << i;
  }
}

TEST_F(LanguageDetecting, ChoosesAmongThoseAllowed) {
  auto found = detect_language(model_, *tokenizer_, std::vector<std::string>{"French", "en"});
  ASSERT_OK(found);
  EXPECT_EQ(found->code, "fr");
  EXPECT_EQ(found->token, 50265);
  EXPECT_GT(found->probabilities[2], found->probabilities[6]);
  found = detect_language(model_, *tokenizer_, std::vector<std::string>{"es", "zh"});
  ASSERT_OK(found);
  EXPECT_EQ(found->code, "zh");  // the first of equals
}

TEST_F(LanguageDetecting, RefusesWhatTheModelDoesNotKnow) {
  EXPECT_ERROR(detect_language(model_, *tokenizer_, std::vector<std::string>{"de", "tlh"}),
               ErrorCode::kInvalidArgument, "\"tlh\"");
  const auto english = test::english_tokenizer();
  FakeDecoder model(english->size(), 448, 1, test::hashed_logits(1));
  EXPECT_ERROR(detect_language(model, *english), ErrorCode::kUnsupported, "English only");
}

TEST_F(LanguageDetecting, OfABrokenModelIsTheFirstAllowed) {
  FakeDecoder model(test::kMultilingual, 448, 1, [](const Tokens&, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), std::numeric_limits<float>::quiet_NaN());
  });
  const auto found = detect_language(model, *tokenizer_, std::vector<std::string>{"ko", "de"});
  ASSERT_OK(found);
  EXPECT_EQ(found->code, "de");
  EXPECT_EQ(found->probabilities, std::vector<float>(kLanguages, 0));
}

}  // namespace
}  // namespace sotto::decode
