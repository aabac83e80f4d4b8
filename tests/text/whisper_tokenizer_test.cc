#include "lib/text/whisper_tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "lib/text/byte_alphabet.h"
#include "lib/text/languages.h"
#include "lib/text/utf8.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::text {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

Json read_golden(const std::string& file) {
  std::ifstream stream(test::shared_root() / test::kWhisperVocabularies / file);
  return Json::parse(stream);
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::vector<std::string> words_of(const std::vector<TokenizedWord>& split) {
  std::vector<std::string> words;
  for (const TokenizedWord& word : split) words.push_back(word.word);
  return words;
}

std::vector<Ids> tokens_of(const std::vector<TokenizedWord>& split) {
  std::vector<Ids> tokens;
  for (const TokenizedWord& word : split) tokens.push_back(word.tokens);
  return tokens;
}

// What the reference put out, for each of its vocabularies.
class WhisperGolden : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    SOTTO_NEEDS_SHARED(test::kWhisperVocabularies);
    golden_ = read_golden(std::string(GetParam()) + ".json");
    const std::size_t size = golden_["n_vocab"];
    tokenizer_ = test::whisper_tokenizer(test::whisper_vocabulary(size));
    ASSERT_NE(tokenizer_, nullptr);
    ASSERT_EQ(tokenizer_->size(), size);
  }
  Json golden_;
  std::unique_ptr<const WhisperTokenizer> tokenizer_;
};

TEST_P(WhisperGolden, FindsTheSpecialTokens) {
  const WhisperIds& ids = tokenizer_->ids();
  const Json& expected = golden_["ids"];
  EXPECT_EQ(ids.end_of_text, expected["eot"]);
  EXPECT_EQ(ids.start_of_transcript, expected["sot"]);
  EXPECT_EQ(ids.translate, expected["translate"]);
  EXPECT_EQ(ids.transcribe, expected["transcribe"]);
  EXPECT_EQ(ids.start_of_lm, expected["sot_lm"]);
  EXPECT_EQ(ids.start_of_prev, expected["sot_prev"]);
  EXPECT_EQ(ids.no_speech, expected["no_speech"]);
  EXPECT_EQ(ids.no_timestamps, expected["no_timestamps"]);
  EXPECT_EQ(ids.timestamp_begin, expected["timestamp_begin"]);
  EXPECT_EQ(ids.multilingual, golden_["multilingual"]);
  EXPECT_EQ(ids.languages, golden_["num_languages"]);
  EXPECT_EQ(ids.first_language, ids.start_of_transcript + 1);
  for (const char* list : {"special_tokens", "timestamps"}) {
    for (const auto& [name, id] : golden_[list].items()) {
      EXPECT_EQ(tokenizer_->decode_with_timestamps(Ids{id}), name);
      EXPECT_EQ(tokenizer_->bytes(id), "");
    }
  }
}

TEST_P(WhisperGolden, EncodesAndDecodesAsTheReference) {
  for (const Json& each : golden_["encode"]) {
    const std::string text = each["text"];
    const Ids ids = each["ids"];
    EXPECT_EQ(tokenizer_->encode(text), ids) << text;
    EXPECT_EQ(tokenizer_->decode(ids), text);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(tokenizer_->bytes(ids[i]), bytes_of_hex(each["token_bytes_hex"][i])) << ids[i];
    }
    for (const Json& prefix : each["prefix_decodes_with_replacement"]) {
      const std::size_t length = prefix[0];
      EXPECT_EQ(tokenizer_->decode({ids.data(), length}), prefix[1]) << text << " to " << length;
    }
  }
}

TEST_P(WhisperGolden, TakesNamesOfSpecialTokensForText) {
  for (const Json& each : golden_["encode_allowed_special_all"]) {
    EXPECT_EQ(tokenizer_->encode(each["text"].get<std::string>()),
              each["ids_as_plain_text"].get<Ids>());
    const Ids ids = each["ids"];
    EXPECT_EQ(tokenizer_->decode(ids), each["decode"]);
    EXPECT_EQ(tokenizer_->decode_with_timestamps(ids), each["decode_with_timestamps"]);
  }
}

TEST_P(WhisperGolden, DecodesAnyTokens) {
  for (const Json& each : golden_["decode_random"]) {
    const Ids ids = each["ids"];
    EXPECT_EQ(tokenizer_->decode(ids), each["decode"]);
    EXPECT_EQ(tokenizer_->decode_with_timestamps(ids), each["decode_with_timestamps"]);
  }
}

TEST_P(WhisperGolden, SplitsIntoWords) {
  for (const Json& each : golden_["split_to_word_tokens"]) {
    const std::string language = each["language"].is_null() ? "" : each["language"];
    const Ids ids = each["ids"];
    const auto words = tokenizer_->split_to_word_tokens(ids, language);
    EXPECT_EQ(words_of(words), each["words"].get<std::vector<std::string>>());
    EXPECT_EQ(tokens_of(words), each["word_tokens"].get<std::vector<Ids>>());
    if (!tokenizer_->ids().multilingual) continue;
    const auto parts = tokenizer_->split_to_word_tokens(ids, "ja");
    EXPECT_EQ(words_of(parts), each["unicode_words"].get<std::vector<std::string>>());
    EXPECT_EQ(tokens_of(parts), each["unicode_word_tokens"].get<std::vector<Ids>>());
  }
  if (!golden_.contains("split_on_unicode_upstream_test")) return;
  const Json& broken = golden_["split_on_unicode_upstream_test"];
  const auto parts = tokenizer_->split_to_word_tokens(broken["ids"].get<Ids>(), "zh");
  EXPECT_EQ(words_of(parts), broken["words"].get<std::vector<std::string>>());
  EXPECT_EQ(tokens_of(parts), broken["word_tokens"].get<std::vector<Ids>>());
}

TEST_P(WhisperGolden, KnowsWhatIsNotSpoken) {
  EXPECT_EQ(tokenizer_->non_speech_tokens(), golden_["non_speech_tokens"].get<Ids>());
  EXPECT_EQ(tokenizer_->blank(), golden_["blank"].get<Ids>());
}

TEST_P(WhisperGolden, BeginsWithLanguageAndTask) {
  for (const auto& [name, expected] : golden_["sot_sequences"].items()) {
    const std::string language = name.substr(0, name.find('/'));
    const bool translate = name.ends_with("/translate");
    Ids tokens;
    tokenizer_->append_sot_sequence(language, translate, tokens);
    EXPECT_EQ(tokens, expected.get<Ids>()) << name;
  }
}

TEST_P(WhisperGolden, KnowsTheLanguages) {
  const Json known = read_golden("languages.json");
  ASSERT_EQ(tokenizer_->language_codes().size(), golden_["num_languages"]);
  for (const std::string& code : tokenizer_->language_codes()) {
    const std::int32_t token = golden_["special_tokens"]["<|" + code + "|>"];
    EXPECT_EQ(tokenizer_->language_token(code), token);
    EXPECT_EQ(tokenizer_->language_token(known["LANGUAGES"][code].get<std::string>()), token);
  }
  for (const auto& [name, code] : known["TO_LANGUAGE_CODE"].items()) {
    EXPECT_EQ(language_code(name), code);
  }
}

TEST_P(WhisperGolden, EncodesAsHuggingFaceDoes) {
  // The same vocabulary in the other form: the ids of tokens by their printable text.
  const bool english = !tokenizer_->ids().multilingual;
  const auto file = test::shared_root() / test::kWhisperVocabularies /
                    (english ? "hf_gpt2" : "hf_multilingual") / "vocab.json.xz";
  const Json vocabulary = Json::parse(test::read_xz(file).value());
  ASSERT_GT(vocabulary.size(), 50000U);
  for (const auto& [printable, id] : vocabulary.items()) {
    if (id >= tokenizer_->ids().end_of_text) continue;
    ASSERT_EQ(tokenizer_->bytes(id), bytes_from_printable(printable)) << id;
  }
}

TEST_P(WhisperGolden, DecodesWhatItEncodes) {
  std::mt19937 rng{7};
  const std::u32string kSome = U" '\n\t\u00A0\u3000aeiost019.,-\u00E9\u4EBA\u0301\u0663\U0001F600";
  for (int round = 0; round < 500; ++round) {
    std::u32string text;
    for (std::size_t i = rng() % 40; i > 0; --i) {
      const char32_t any = static_cast<char32_t>(rng() % 0x110000);
      const bool is_surrogate = any >= 0xD800 && any < 0xE000;
      text += rng() % 8 == 0 && !is_surrogate ? any : kSome[rng() % kSome.size()];
    }
    const std::string bytes = utf8_from_utf32(text);
    ASSERT_EQ(tokenizer_->decode(tokenizer_->encode(bytes)), bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, WhisperGolden,
                         testing::Values("gpt2_en", "multilingual_99", "multilingual_100_v3"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(WhisperTokenizer, NamesTheSpecialTokensOfEachSize) {
  const auto names = WhisperTokenizer::special_names(51866);
  ASSERT_OK(names);
  EXPECT_EQ(names->size(), 2U + 100 + 6 + 1501);
  EXPECT_EQ(names->at(2 + 99), "<|yue|>");
  EXPECT_EQ(names->at(2 + 100 + 6 + 54), "<|1.08|>");
  EXPECT_EQ(names->back(), "<|30.00|>");
  for (const std::size_t size : {51864, 51865}) {
    const auto others = WhisperTokenizer::special_names(size);
    ASSERT_OK(others);
    EXPECT_EQ(others->size(), names->size() - 1) << size;
  }
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{51863}, std::size_t{51867}, ~std::size_t{0}}) {
    EXPECT_ERROR(WhisperTokenizer::special_names(size), ErrorCode::kUnsupported, "51864 to 51866");
  }
}

TEST(WhisperTokenizer, RefusesAVocabularyThatIsNotWhispers) {
  const auto refuses = [](const std::vector<std::string>& tokens, ErrorCode code, const char* why) {
    EXPECT_ERROR(WhisperTokenizer::create("bad.gguf", test::views(tokens)), code, why);
  };
  const std::vector<std::string> good = test::small_whisper_vocabulary({"ab"});
  ASSERT_OK(WhisperTokenizer::create("good", test::views(good)));
  refuses({}, ErrorCode::kCorruptFile, "bad.gguf: no token \"<|endoftext|>\"");
  auto bad = good;
  bad[1] = " ";  // not of the alphabet
  refuses(bad, ErrorCode::kCorruptFile, "token 1 is \" \", expected text in GPT-2's alphabet");
  bad = good;
  bad[256] = bad['a'];
  refuses(bad, ErrorCode::kCorruptFile, "are the same");
  bad = good;
  bad[257 + 2 + 20] = "<|zz|>";
  refuses(bad, ErrorCode::kCorruptFile, "token 279 is \"<|zz|>\", expected \"<|translate|>\"");
  bad = good;
  bad[bad.size() - 3] = "<|29.97|>";
  refuses(bad, ErrorCode::kCorruptFile, "expected \"<|29.96|>\"");
  bad = good;
  bad.pop_back();
  refuses(bad, ErrorCode::kCorruptFile, "is not there, expected \"<|30.00|>\"");
  bad = good;
  bad.emplace_back("<|30.02|>");
  refuses(bad, ErrorCode::kUnsupported, "1866 tokens, expected 1865");
  for (std::size_t size = 0; size < good.size(); size += 7) {
    const std::vector<std::string_view> cut(good.begin(), good.begin() + size);
    EXPECT_FALSE(WhisperTokenizer::create("cut", cut).has_value());
  }
}

TEST(WhisperTokenizer, TakesTheOlderNameOfNoSpeech) {
  auto tokens = test::small_whisper_vocabulary();
  const auto at = std::find(tokens.begin(), tokens.end(), "<|nospeech|>");
  *at = "<|nocaptions|>";
  const auto tokenizer = test::whisper_tokenizer(tokens);
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->ids().no_speech, at - tokens.begin());
  EXPECT_EQ(tokenizer->decode(Ids{tokenizer->ids().no_speech}), "<|nocaptions|>");
}

TEST(WhisperTokenizer, GivesNoTextForIdsOutOfRange) {
  const auto tokenizer = test::whisper_tokenizer(test::small_whisper_vocabulary());
  ASSERT_NE(tokenizer, nullptr);
  const auto size = static_cast<std::int32_t>(tokenizer->size());
  const Ids ids = {'a', -1, size, 0x7FFFFFFF, static_cast<std::int32_t>(0x80000000), 'b'};
  EXPECT_EQ(tokenizer->decode(ids), "ab");
  EXPECT_EQ(tokenizer->decode_with_timestamps(ids), "ab");
  for (const std::int32_t id : {-1, size, 0x7FFFFFFF}) EXPECT_EQ(tokenizer->bytes(id), "");
  EXPECT_EQ(tokenizer->split_to_word_tokens(ids, "en").size(), 5U);  // -1 and "b" are one
}

TEST(WhisperTokenizer, EncodesAnyBytes) {
  const auto tokenizer =
      test::whisper_tokenizer(test::small_whisper_vocabulary({"ab", "\xE2\x82"}));
  ASSERT_NE(tokenizer, nullptr);
  std::mt19937 rng{11};
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (std::size_t i = rng() % 30; i > 0; --i) bytes += static_cast<char>(rng());
    std::string again;
    for (const std::int32_t id : tokenizer->encode(bytes)) again += tokenizer->bytes(id);
    ASSERT_EQ(again, bytes);
  }
}

TEST(WhisperTokenizer, FindsLanguagesInAnyCase) {
  const auto tokenizer = test::whisper_tokenizer(test::small_whisper_vocabulary());
  ASSERT_NE(tokenizer, nullptr);
  const std::int32_t first = tokenizer->ids().first_language;
  EXPECT_EQ(tokenizer->language_token("en"), first);
  EXPECT_EQ(tokenizer->language_token("German"), first + 2);
  EXPECT_EQ(tokenizer->language_token("CASTILIAN"), tokenizer->language_token("es"));
  EXPECT_EQ(tokenizer->language_token("Haitian Creole"), tokenizer->language_token("haitian"));
  EXPECT_EQ(tokenizer->language_token("yue"), -1);  // known, but not to this vocabulary
  EXPECT_EQ(tokenizer->language_token("klingon"), -1);
  EXPECT_EQ(tokenizer->language_token(""), -1);
}

// Found with the reference itself on random tokens.
TEST(WhisperTokenizer, SplitsBrokenCharactersAsTheReferenceDoes) {
  const auto tokenizer = test::whisper_tokenizer(test::small_whisper_vocabulary());
  ASSERT_NE(tokenizer, nullptr);
  const auto split = [&](const Ids& ids) {
    return tokens_of(tokenizer->split_to_word_tokens(ids, ""));
  };
  const std::int32_t end = tokenizer->ids().end_of_text;
  EXPECT_EQ(split({' ', 0xE2, 0x82, 0xAC, end}),
            (std::vector<Ids>{{' ', 0xE2, 0x82, 0xAC}, {end}}));
  // Two bytes are one U+FFFD in the whole text, but count as two: the rest is never found there.
  EXPECT_EQ(split({0xE2, 0x82, 'A'}), (std::vector<Ids>{{0xE2}}));
  // The same, where the reference looks for it after the end and fails.
  EXPECT_EQ(split({0xE2, 0x82}), (std::vector<Ids>{{0xE2, 0x82}}));
  EXPECT_EQ(split({'a', '.', '.', ' ', '\t', 'b'}),
            (std::vector<Ids>{{'a'}, {'.'}, {'.'}, {' '}, {'\t', 'b'}}));
}

}  // namespace
}  // namespace sotto::text
