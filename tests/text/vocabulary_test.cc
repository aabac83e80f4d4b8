#include "lib/text/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/text/byte_alphabet.h"
#include "lib/text/whisper_tokenizer.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "tests/support/xz.h"

namespace sotto::text {
namespace {

using test::TempFolder;
using test::write_file;
using namespace std::string_literals;

constexpr const char* kTokenizers = "golden/whisper/tokenizer";
constexpr std::size_t kEnglish = 51864, kMultilingual = 51865, kWithCantonese = 51866;
constexpr std::size_t kEnglishTexts = 50256;

std::string unpacked(const std::string& file) {
  return test::read_xz(test::shared_root() / kTokenizers / file).value_or("");
}

// As many text tokens as an English Whisper has, all different.
Vocabulary texts(std::size_t count = kEnglishTexts) {
  Vocabulary all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(i < 256 ? std::string(1, static_cast<char>(i)) : base::concat("t", i));
  }
  return all;
}

std::vector<std::string> names(std::size_t size) { return *WhisperTokenizer::special_names(size); }

Vocabulary joined(Vocabulary all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(Tiktoken, LinesAreTokensByRank) {
  const auto tokens = parse_tiktoken("t", "IQ== 0\nIgA= 2\r\nYWJj 1\n\n= 3");
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, (Vocabulary{"!", "abc", "\"\0"s, ""}));
}

TEST(Tiktoken, OtherLinesAreNamedAndRefused) {
  for (const std::string line :
       {"IQ==", "IQ== ", "IQ== x", "IQ== 1 2", "IQ==  1", "IQ= 1", "IQ 1", "I=Q= 1", "IR== 1",
        "====  1", "== 1", "I*== 1", "IQ== -1", "IQ== 99999999999999999999", " 1", "I\xFF== 1"}) {
    EXPECT_ERROR(parse_tiktoken("t.tiktoken", "IQ== 0\n"s + line + "\n"), ErrorCode::kCorruptFile,
                 "t.tiktoken: line 2 is ");
  }
}

TEST(Tiktoken, RanksHaveNoGapAndNoTwin) {
  EXPECT_ERROR(parse_tiktoken("t", "IQ== 0\nIg== 2\n"), ErrorCode::kCorruptFile,
               "token \"\\\"\" has the id 2, which leaves a gap: there are 2 tokens");
  EXPECT_ERROR(parse_tiktoken("t", "IQ== 0\nIg== 0\n"), ErrorCode::kCorruptFile, "have the id 0");
  EXPECT_ERROR(parse_tiktoken("t", "IQ== 1\nIQ== 1\n"), ErrorCode::kCorruptFile,
               "no token has the id 0");
  EXPECT_ERROR(parse_tiktoken("t", "IQ== 18446744073709551615\n"), ErrorCode::kCorruptFile,
               "leaves a gap");
}

TEST(VocabJson, TokensAreInTheByteAlphabet) {
  const auto tokens = parse_vocab_json("v", R"({"a":1,"\u0120b":0,"":2,"<|end|>":3})",
                                       R"({"<|x y|>":4,"<|end|>":3})");
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, (Vocabulary{" b", "a", "", "<|end|>", "<|x y|>"}));
}

TEST(VocabJson, OtherContentsAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "v.json: the vocabulary is not an object"},
      {"{", "not well-formed JSON"},
      {R"({"a":-1})", "token \"a\" of the vocabulary has no id"},
      {R"({"a":"0"})", "token \"a\" of the vocabulary has no id"},
      {R"({"a":0.0})", "token \"a\" of the vocabulary has no id"},
      {R"({"a b":0})", "has a character outside the byte alphabet"},
      {R"({"\u4e00":0})", "has a character outside the byte alphabet"},
      {R"({"a":1})", "leaves a gap"},
      {R"({"a":0,"b":0})", "have the id 0"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_ERROR(parse_vocab_json("v.json", text), ErrorCode::kCorruptFile, message);
  }
  EXPECT_ERROR(parse_vocab_json("v.json", R"({"a":0})", R"({"b":0})"), ErrorCode::kCorruptFile,
               "have the id 0");
  EXPECT_ERROR(parse_vocab_json("v.json", R"({"a":0})", "7"), ErrorCode::kCorruptFile,
               "added_tokens.json is not an object");
  EXPECT_ERROR(parse_vocab_json("v.json", std::string(40, '[')), ErrorCode::kUnsupported,
               "nested deeper than 16");
}

TEST(TokenizerVocab, IsTheModelsAndTheAddedTokens) {
  const auto tokens = parse_tokenizer_vocab(
      "t", R"({"model":{"vocab":{"a":0,"b":1}},"added_tokens":[{"id":2,"content":"<|c d|>"}]})");
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, (Vocabulary{"a", "b", "<|c d|>"}));
  EXPECT_EQ(parse_tokenizer_vocab("t", R"({"model":{"vocab":{"a":0}}})")->size(), 1U);
  EXPECT_ERROR(parse_tokenizer_vocab("t", R"({"vocab":{"a":0}})"), ErrorCode::kCorruptFile,
               "has no \"model\".\"vocab\"");
  EXPECT_ERROR(parse_tokenizer_vocab("t", "[1]"), ErrorCode::kCorruptFile, "has no \"model\"");
  for (const char* added : {"{}", "[7]", R"([{"id":1}])", R"([{"id":"1","content":"x"}])",
                            R"([{"id":1,"content":2}])"}) {
    EXPECT_ERROR(
        parse_tokenizer_vocab("t", R"({"model":{"vocab":{"a":0}},"added_tokens":)"s + added + "}"),
        ErrorCode::kCorruptFile, "added_tokens");
  }
}

TEST(ReadVocabulary, ChoosesByNameInAFolder) {
  const TempFolder folder;
  EXPECT_ERROR(read_vocabulary(folder.path(), kEnglish), ErrorCode::kIo,
               "has no vocabulary: vocab.json, tokenizer.json or gpt2.tiktoken");
  write_file(folder / "gpt2.tiktoken", "YQ== 0\n");
  write_file(folder / "multilingual.tiktoken", "Yg== 0\n");
  EXPECT_EQ(read_vocabulary(folder.path(), kEnglish)->front(), "a");
  EXPECT_EQ(read_vocabulary(folder.path(), kMultilingual)->front(), "b");
  write_file(folder / "tokenizer.json", R"({"model":{"vocab":{"c":0}}})");
  EXPECT_EQ(read_vocabulary(folder.path(), kEnglish)->front(), "c");
  write_file(folder / "vocab.json", R"({"d":0})");
  EXPECT_EQ(read_vocabulary(folder.path(), kEnglish)->front(), "d");
  write_file(folder / "added_tokens.json", R"({"e":1})");
  EXPECT_EQ(read_vocabulary(folder.path(), kEnglish)->back(), "e");
}

TEST(ReadVocabulary, TellsFilesApartByName) {
  const TempFolder folder;
  write_file(folder / "any.tiktoken", "YQ== 0\n");
  write_file(folder / "tokenizer.json", R"({"model":{"vocab":{"c":0}}})");
  write_file(folder / "other.json", R"({"d":0})");
  write_file(folder / "added_tokens.json", R"({"e":1})");
  EXPECT_EQ(read_vocabulary(folder / "any.tiktoken", kEnglish)->front(), "a");
  EXPECT_EQ(read_vocabulary(folder / "tokenizer.json", kEnglish)->front(), "c");
  EXPECT_EQ(*read_vocabulary(folder / "other.json", kEnglish), Vocabulary{"d"});
  EXPECT_ERROR(read_vocabulary(folder / "none.json", kEnglish), ErrorCode::kIo, "none.json");
}

TEST(WhisperTokens, AreTheTextsAndTheNamesOfThatSize) {
  const auto tokens = whisper_tokens("v", texts(), kEnglish);
  ASSERT_OK(tokens);
  ASSERT_EQ(tokens->size(), kEnglish);
  EXPECT_EQ((*tokens)[' '], printable_from_bytes(" "));
  EXPECT_EQ((*tokens)[300], "t300");
  EXPECT_EQ((*tokens)[kEnglishTexts], "<|endoftext|>");
  EXPECT_EQ(tokens->back(), "<|30.00|>");
}

TEST(WhisperTokens, SpecialTokensOfTheFileHaveToBeWhispers) {
  std::vector<std::string> specials = names(kEnglish);
  EXPECT_TRUE(whisper_tokens("v", joined(texts(), specials), kEnglish).has_value());
  EXPECT_TRUE(whisper_tokens("v", joined(texts(), {"<|endoftext|>"}), kEnglish).has_value());
  std::vector<std::string> old = specials;
  std::replace(old.begin(), old.end(), "<|nospeech|>"s, "<|nocaptions|>"s);
  ASSERT_NE(old, specials);
  const auto tokens = whisper_tokens("v", joined(texts(), old), kEnglish);
  ASSERT_OK(tokens);
  EXPECT_EQ(*tokens, *whisper_tokens("v", texts(), kEnglish)) << "the new name is written";

  std::swap(specials[3], specials[4]);
  EXPECT_ERROR(whisper_tokens("v", joined(texts(), specials), kEnglish), ErrorCode::kCorruptFile,
               "v: token 50259 is \"<|de|>\", expected \"<|zh|>\"");
  specials = names(kEnglish);
  specials.push_back("<|more|>");
  EXPECT_ERROR(whisper_tokens("v", joined(texts(), specials), kEnglish), ErrorCode::kCorruptFile,
               "token 51864 is \"<|more|>\", expected no more than 51864");
}

TEST(WhisperTokens, TheNamesMayBeThoseOfFewerLanguages) {
  const Vocabulary old = joined(texts(kEnglishTexts + 1), names(kMultilingual));
  const auto tokens = whisper_tokens("v", old, kWithCantonese);
  ASSERT_OK(tokens);
  EXPECT_EQ((*tokens)[50358], "<|yue|>");
  const Vocabulary later = joined(texts(kEnglishTexts + 1), names(kWithCantonese));
  EXPECT_ERROR(whisper_tokens("v", later, kMultilingual), ErrorCode::kCorruptFile,
               "token 50358 is \"<|yue|>\", expected \"<|translate|>\"");
}

TEST(WhisperTokens, OtherSizesAreRefused) {
  EXPECT_ERROR(whisper_tokens("v", texts(kEnglishTexts - 1), kEnglish), ErrorCode::kCorruptFile,
               "v: has 50255 tokens, expected the 50256 text tokens of a model of 51864");
  EXPECT_ERROR(whisper_tokens("v", texts(), kMultilingual), ErrorCode::kCorruptFile,
               "has 50256 tokens, expected the 50257");
  EXPECT_ERROR(whisper_tokens("v", texts(kEnglishTexts + 1), kEnglish), ErrorCode::kCorruptFile,
               "token 50256 is \"t50256\", expected \"<|endoftext|>\"");
  EXPECT_ERROR(whisper_tokens("v", texts(), 32000), ErrorCode::kUnsupported, "32000");
}

TEST(WhisperTokens, AllFilesOfAVocabularyAgree) {
  SOTTO_NEEDS_SHARED(kTokenizers);
  const struct {
    const char* tiktoken;
    std::string folder;
    std::size_t size;
  } kinds[] = {{"gpt2.tiktoken.xz", "hf_gpt2/", kEnglish},
               {"multilingual.tiktoken.xz", "hf_multilingual/", kMultilingual},
               {"multilingual.tiktoken.xz", "hf_multilingual/", kWithCantonese}};
  for (const auto& kind : kinds) {
    const auto from = [&](const Result<Vocabulary>& read) {
      return read ? whisper_tokens("v", *read, kind.size)
                  : Result<std::vector<std::string>>(read.error());
    };
    const auto tiktoken = from(parse_tiktoken("t", unpacked(kind.tiktoken)));
    ASSERT_OK(tiktoken);
    ASSERT_EQ(tiktoken->size(), kind.size);
    const std::string vocab = unpacked(kind.folder + "vocab.json.xz");
    const std::string added = unpacked(kind.folder + "added_tokens.json.xz");
    EXPECT_EQ(*from(parse_vocab_json("v", vocab)), *tiktoken);
    EXPECT_EQ(*from(parse_vocab_json("v", vocab, added)), *tiktoken);
    EXPECT_EQ(*from(parse_tokenizer_vocab("t", unpacked(kind.folder + "tokenizer.json.xz"))),
              *tiktoken);
    const std::vector<std::string_view> views(tiktoken->begin(), tiktoken->end());
    EXPECT_TRUE(WhisperTokenizer::create("v", views).has_value());
  }
}

}  // namespace
}  // namespace sotto::text
