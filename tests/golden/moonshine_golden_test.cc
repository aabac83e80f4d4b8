// Parity with transformers' modeling_moonshine.py, whose outputs the golden directories hold; for
// every case found and every instruction set of this machine.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "kernels/isa.h"
#include "lib/audio/audio.h"
#include "lib/convert/convert.h"
#include "lib/models/moonshine.h"
#include "tests/support/golden.h"
#include "tests/support/isas.h"
#include "tests/support/npy.h"
#include "tests/support/temp_folder.h"
#include "tests/support/xz.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using kernels::Isa;
using nlohmann::json;
using test::GoldenCase;

// The case's checkpoint, converted by our own converter.
format::Gguf convert_case(const GoldenCase& golden, const test::TempFolder& temp) {
  const fs::path hf = temp / "hf";
  fs::create_directory(hf);
  for (const fs::directory_entry& entry : fs::directory_iterator(golden.folder / "model")) {
    if (entry.is_regular_file()) test::place(entry.path(), hf);
  }
  const fs::path shared_tokenizer = golden.root / "moonshine" / "tokenizer" / "tokenizer.json.xz";
  if (!fs::exists(hf / "tokenizer.json")) test::place(shared_tokenizer, hf);
  const Status converted = converter::convert(hf, temp / "model.gguf", {});
  if (!converted) throw std::runtime_error(converted.error().message);
  Result<format::Gguf> file = format::Gguf::open(temp / "model.gguf");
  if (!file) throw std::runtime_error(file.error().message);
  return *std::move(file);
}

class MoonshineGolden : public testing::TestWithParam<std::tuple<GoldenCase, Isa>> {};

TEST_P(MoonshineGolden, EncoderLogitsAndTokensAreTheReferences) {
  const auto& [golden, isa] = GetParam();
  SOTTO_NEEDS_ISA(isa);
  const test::TempFolder temp;
  const format::Gguf file = convert_case(golden, temp);
  const auto model = models::Moonshine::load(file, isa);
  ASSERT_TRUE(model) << model.error().message;

  const json reference = test::read_json(golden.folder / "golden" / "golden.json");
  const auto tf_tokens = reference["tf_tokens"].get<std::vector<std::int32_t>>();
  ASSERT_FALSE(reference["audio"].empty());
  models::MoonshineLimits limits;
  limits.max_prompt = tf_tokens.size();
  limits.max_tokens = tf_tokens.size();
  for (const auto& [tag, entry] : reference["audio"].items()) {
    limits.max_samples = std::max(limits.max_samples, entry["samples"].get<std::size_t>());
    limits.max_tokens =
        std::max(limits.max_tokens, entry["greedy_max_new_tokens"].get<std::size_t>());
  }
  const auto session = models::MoonshineSession::create(**model, limits, 2);
  ASSERT_TRUE(session) << session.error().message;

  for (const auto& [tag, entry] : reference["audio"].items()) {
    SCOPED_TRACE(tag);
    const auto sound = audio::read_file(golden.root / "audio" / (tag + ".wav"));
    ASSERT_TRUE(sound) << sound.error().message;
    ASSERT_EQ(sound->samples.size(), entry["samples"].get<std::size_t>());

    const test::Npy encoded = test::read_npy(golden.folder / "golden" / ("enc_" + tag + ".npy"));
    test::expect_close((*session)->encode(sound->samples), encoded.values, tag + " encoder");

    for (const auto& [path, positions] : test::logits_files(golden.folder / "golden", tag)) {
      const test::Npy logits = test::read_npy(path);
      ASSERT_EQ(positions.size(), logits.shape[0]);
      for (std::size_t row = 0; row < positions.size(); ++row) {
        const std::size_t position = positions[row];
        ASSERT_LT(position, tf_tokens.size());
        const auto want = std::span(logits.values).subspan(row * logits.shape[1], logits.shape[1]);
        const std::span<const std::int32_t> prompt(tf_tokens.data(), position + 1);
        const std::string text = std::to_string(position);
        test::expect_close((*session)->decode(prompt, 0), want, tag + " logits at once, " + text);
        for (std::size_t i = 0; i < position; ++i) (*session)->decode(prompt.subspan(i, 1), i);
        test::expect_close((*session)->decode(prompt.subspan(position), position), want,
                           tag + " logits one by one, " + text);
      }
    }

    auto want = entry["greedy_tokens"].get<std::vector<std::int32_t>>();
    ASSERT_EQ(want.front(), (*model)->config().start_token);
    want.erase(want.begin());
    std::size_t limit = want.size();
    const bool ended = entry["ended_by_eos"].get<bool>();
    if (ended) {
      ASSERT_EQ(want.back(), (*model)->config().end_token);
      want.pop_back();
    }
    const auto greedy = (*session)->greedy(limit, (*model)->config().vocabulary, false);
    const std::vector<std::int32_t> got(greedy.tokens.begin(), greedy.tokens.end());
    EXPECT_EQ(got, want);
    EXPECT_EQ(greedy.stop == models::MoonshineSession::Stop::kEndToken, ended);
  }
}

std::string case_name(const testing::TestParamInfo<std::tuple<GoldenCase, Isa>>& instance) {
  const auto& [golden, isa] = instance.param;
  std::string text = golden.folder.filename().string();
  text += '_';
  text += name(isa);
  for (char& c : text) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  text += '_';
  text += std::to_string(instance.index);
  return text;
}

INSTANTIATE_TEST_SUITE_P(Cases, MoonshineGolden,
                         testing::Combine(testing::ValuesIn(test::golden_cases("moonshine")),
                                          testing::ValuesIn(test::f32_isas())),
                         case_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MoonshineGolden);

TEST(MoonshineGoldenCases, AreThere) {
  if (std::getenv("SOTTO_GOLDEN_DIRS") == nullptr) SOTTO_NEEDS_SHARED("golden/moonshine");
  EXPECT_FALSE(test::golden_cases("moonshine").empty());
}

// Every line of a recogniser's reference.tsv, on every instruction set.
class MoonshineDigits : public testing::TestWithParam<Isa> {};

TEST_P(MoonshineDigits, EveryLineOfTheReferenceIsExact) {
  SOTTO_NEEDS_SHARED("models/moonshine-digits/reference.tsv");
  const Isa isa = GetParam();
  SOTTO_NEEDS_ISA(isa);
  const fs::path home = test::shared_root() / "models" / "moonshine-digits";
  const test::TempFolder temp;
  const Status converted = converter::convert(home / "hf", temp / "digits.gguf", {});
  ASSERT_TRUE(converted) << converted.error().message;
  const auto file = format::Gguf::open(temp / "digits.gguf");
  ASSERT_TRUE(file) << file.error().message;
  const auto model = models::Moonshine::load(*file, isa);
  ASSERT_TRUE(model) << model.error().message;
  const auto session = models::MoonshineSession::create(**model, {}, 1);
  ASSERT_TRUE(session) << session.error().message;

  std::ifstream lines(home / "reference.tsv");
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  ASSERT_TRUE(line.starts_with("path\tseconds\treference_greedy\ttoken_ids")) << line;
#ifdef SOTTO_EMULATED
  const std::size_t step = isa == Isa::kScalar ? 8 : 1;  // all of them take minutes
#else
  const std::size_t step = 1;
#endif
  std::size_t checked = 0;
  for (std::size_t row_number = 0; std::getline(lines, line); ++row_number) {
    if (row_number % step != 0) continue;
    std::vector<std::string> fields;
    std::istringstream row(line);
    for (std::string field; std::getline(row, field, '\t');) fields.push_back(field);
    ASSERT_GE(fields.size(), 4U) << line;
    const auto sound = audio::read_file(home / fields[0]);
    ASSERT_TRUE(sound) << sound.error().message;
    (*session)->encode(sound->samples);
    const std::size_t limit =
        models::MoonshineLimits::tokens_for(sound->samples.size(), (*model)->config());
    const auto greedy = (*session)->greedy(limit, (*model)->config().vocabulary, true);
    std::string ids;
    for (const std::int32_t id : greedy.tokens) {
      if (!ids.empty()) ids += ' ';
      ids += std::to_string(id);
    }
    EXPECT_EQ(ids, fields[3]) << fields[0];
    ++checked;
  }
  EXPECT_GT(checked, 0U);
}

SOTTO_TEST_EACH_ISA(MoonshineDigits);

}  // namespace
}  // namespace sotto
