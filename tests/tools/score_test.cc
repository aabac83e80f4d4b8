#include "tools/score.h"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace sotto::tools {
namespace {

ModelInfo model_of(const char* architecture, const char* languages = nullptr) {
  ModelInfo info;
  info.architecture = architecture;
  info.metadata = {{"general.name", "\"en\""}};
  if (languages != nullptr) info.metadata.emplace_back("general.languages", languages);
  return info;
}

Transcript in(const char* language) {
  Transcript transcript;
  transcript.language = language;
  return transcript;
}

TEST(NormalizerFor, GoesByTheLanguageOfTheTranscript) {
  const ModelInfo model = model_of("whisper", "\"de\"");
  EXPECT_EQ(normalizer_for(model, Task::kTranscribe, in("en")), Normalizer::kEnglish);
  EXPECT_EQ(normalizer_for(model, Task::kTranscribe, in("de")), Normalizer::kBasic);
}

TEST(NormalizerFor, TranslationsAreEnglish) {
  EXPECT_EQ(normalizer_for(model_of("whisper"), Task::kTranslate, in("de")), Normalizer::kEnglish);
}

TEST(NormalizerFor, GoesByTheModelFileWhereItKnowsOneLanguage) {
  const auto of = [](const ModelInfo& model) {
    return normalizer_for(model, Task::kTranscribe, in(""));
  };
  EXPECT_EQ(of(model_of("moonshine", "\"en\"")), Normalizer::kEnglish);
  EXPECT_EQ(of(model_of("moonshine", "\"uk\"")), Normalizer::kBasic);
  EXPECT_EQ(of(model_of("moonshine", "\"en\", \"de\"")), Normalizer::kBasic);
  EXPECT_EQ(of(model_of("moonshine")), Normalizer::kBasic);
  EXPECT_EQ(of(model_of("whisper")), Normalizer::kEnglish);
}

TEST(ScoreClip, CountsAfterNormalisation) {
  const auto score =
      score_clip("I've got FOUR, dogs.", "i have got four cats", Normalizer::kEnglish);
  ASSERT_OK(score);
  EXPECT_EQ(score->errors.words, 5U);
  EXPECT_EQ(score->errors.substitutions, 1U);
  EXPECT_EQ(score->errors.errors(), 1U);
}

TEST(ScoreClip, BasicKeepsTheWordsOfOtherLanguages) {
  const auto score = score_clip("Drei, vier!", "drei vier f\xC3\xBCnf", Normalizer::kBasic);
  ASSERT_OK(score);
  EXPECT_EQ(score->errors.words, 2U);
  EXPECT_EQ(score->errors.insertions, 1U);
  EXPECT_EQ(score->errors.errors(), 1U);
}

TEST(WordErrorRate, IsErrorsByWordsOfTheReference) {
  WordErrors errors;
  errors.words = 8;
  errors.substitutions = 1;
  errors.deletions = 2;
  errors.insertions = 3;
  EXPECT_EQ(word_error_rate(errors), 0.75);
}

TEST(WordErrorRate, IsNoneWithoutWords) {
  WordErrors errors;
  EXPECT_EQ(word_error_rate(errors), std::nullopt);
  errors.insertions = 3;
  EXPECT_EQ(word_error_rate(errors), std::nullopt);
}

TEST(FormatPercent, HasTwoDecimals) {
  EXPECT_EQ(format_percent(0.123456), "12.35");
  EXPECT_EQ(format_percent(3), "300.00");
  EXPECT_EQ(format_percent(std::nullopt), "-");
}

TEST(Totals, AreSumsOverClips) {
  Totals totals;
  Transcript transcript;
  transcript.audio_seconds = 2;
  transcript.total_seconds = 0.5;
  transcript.segments.resize(2);
  transcript.segments[1].truncated = true;
  WordErrors errors;
  errors.words = 5;
  errors.substitutions = 1;
  errors.deletions = 2;
  errors.insertions = 3;
  totals.add(transcript, errors);
  totals.add(transcript, errors);
  EXPECT_EQ(totals.files, 2U);
  EXPECT_EQ(totals.truncated_segments, 2U);
  EXPECT_EQ(totals.errors.words, 10U);
  EXPECT_EQ(totals.errors.substitutions, 2U);
  EXPECT_EQ(totals.errors.deletions, 4U);
  EXPECT_EQ(totals.errors.insertions, 6U);
  EXPECT_EQ(totals.audio_seconds, 4);
  EXPECT_EQ(totals.total_seconds, 1);
}

}  // namespace
}  // namespace sotto::tools
