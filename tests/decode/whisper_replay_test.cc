// The decoder against what the reference put out, with its tokens from a script instead of a model:
// initial tokens, suppressed tokens, text and compression ratio.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/decode/rules.h"
#include "lib/decode/whisper_decoder.h"
#include "lib/text/strip.h"
#include "tests/decode/fake_decoder.h"
#include "tests/support/golden.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::decode {
namespace {

using nlohmann::json;
using test::Tokens;

constexpr std::size_t kContext = 448;

json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

DecodingOptions read_options(const json& from, const text::WhisperTokenizer& tokenizer) {
  const auto encode = [&](const std::string& text) {
    return tokenizer.encode(std::string(" ").append(text::strip(text)));
  };
  DecodingOptions options;
  options.task =
      from.value("task", "transcribe") == "translate" ? Task::kTranslate : Task::kTranscribe;
  options.language = from.value("language", "en");
  if (from.contains("sample_len")) options.sample_len = from["sample_len"].get<std::size_t>();
  options.beam_size = from.value("beam_size", std::size_t{0});
  options.patience = from.value("patience", 1.0);
  if (from.contains("length_penalty"))
    options.length_penalty = from["length_penalty"].get<double>();
  options.prompt = encode(from.value("prompt", ""));
  options.prefix = encode(from.value("prefix", ""));
  if (!from.contains("prompt")) options.prompt.clear();
  if (!from.contains("prefix")) options.prefix.clear();
  options.suppress_tokens = from.value("suppress_tokens", "-1");
  options.suppress_blank = from.value("suppress_blank", true);
  options.without_timestamps = from.value("without_timestamps", false);
  if (from.contains("max_initial_timestamp")) {
    const json& limit = from["max_initial_timestamp"];
    options.max_initial_timestamp =
        limit.is_null() ? std::nullopt : std::optional<double>(limit.get<double>());
  }
  return options;
}

class WhisperDecodeGolden : public testing::TestWithParam<test::GoldenCase> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WhisperDecodeGolden);

TEST_P(WhisperDecodeGolden, SaysWhatTheReferenceSaid) {
  SOTTO_NEEDS_SHARED(test::kWhisperVocabularies);
  const json golden = read_json(GetParam().folder / "golden" / "decode.json");
  const json summary = read_json(GetParam().folder / "golden" / "summary.json");
  const std::size_t size = summary["dims"]["n_vocab"];
  const auto tokenizer = test::whisper_tokenizer(test::whisper_vocabulary(size));
  ASSERT_NE(tokenizer, nullptr);
  const std::int32_t end = tokenizer->ids().end_of_text;
  std::size_t compared = 0;
  for (const auto& [tag, cases] : golden.items()) {
    for (const auto& [which, expected] : cases.items()) {
      SCOPED_TRACE(tag + " " + which);
      DecodingOptions options = read_options(expected["options"], *tokenizer);
      const auto suppressed = suppressed_tokens(*tokenizer, options.suppress_tokens);
      ASSERT_OK(suppressed);
      EXPECT_EQ(*suppressed, expected["suppress_tokens"].get<Tokens>());

      // A beam search comes to the same tokens where the model is sure of them.
      if (options.beam_size > 0) options.beam_size = 1;
      const Tokens script = expected["tokens"];
      const Tokens initial = expected["initial_tokens_before_langdetect"];
      test::FakeDecoder model(size, kContext, 1,
                              test::scripted_logits(initial.size(), script, end, 50));
      const auto decoder = WhisperDecoder::create(model, *tokenizer);
      ASSERT_OK(decoder);
      const auto result = (*decoder)->decode(options);
      ASSERT_OK(result);
      EXPECT_EQ(model.prompts.back(), initial);
      EXPECT_EQ(result->tokens, script);
      EXPECT_EQ(result->text, expected["text"].get<std::string>());
      EXPECT_DOUBLE_EQ(result->compression_ratio, expected["compression_ratio"].get<double>());
      EXPECT_EQ(result->truncated, expected["hit_sample_len"].get<bool>());
      ++compared;
    }
  }
  EXPECT_GT(compared, 0U);
}

constexpr auto kName = [](const auto& instance) {
  std::string name = instance.param.folder.filename();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
};
INSTANTIATE_TEST_SUITE_P(Cases, WhisperDecodeGolden,
                         testing::ValuesIn(test::golden_cases("whisper")), kName);

}  // namespace
}  // namespace sotto::decode
