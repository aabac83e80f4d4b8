#include "lib/text/bpe.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/text/pre_tokenizer.h"
#include "tests/support/temp_folder.h"

namespace sotto::text {
namespace {

using Ids = std::vector<std::int32_t>;

std::vector<std::string> all_bytes() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  return tokens;
}

std::vector<std::string> with(std::vector<std::string> tokens, std::vector<std::string> more) {
  tokens.insert(tokens.end(), more.begin(), more.end());
  return tokens;
}

Result<Bpe> create(std::string_view name, const std::vector<std::string>& tokens) {
  std::string text;
  std::vector<std::size_t> ends;
  for (const std::string& token : tokens) {
    text += token;
    ends.push_back(text.size());
  }
  return Bpe::create(name, std::move(text), std::move(ends));
}

Ids encode(const Bpe& bpe, std::string_view text) {
  Ids ids;
  bpe.encode(text, ids);
  return ids;
}

std::vector<std::string> pieces(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t length = first_piece(text);
    all.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return all;
}

using Pieces = std::vector<std::string>;

TEST(PreTokenizer, CutsBetweenKindsOfCharacters) {
  EXPECT_EQ(pieces("ab12!?cd"), (Pieces{"ab", "12", "!?", "cd"}));
  EXPECT_EQ(pieces("a b 1 ?"), (Pieces{"a", " b", " 1", " ?"}));
  EXPECT_EQ(pieces("\xC3\xA9\xE4\xBA\xBA\xC2\xB2\xE2\x82\xAC"),  // e acute, a Han, a square, a euro
            (Pieces{"\xC3\xA9\xE4\xBA\xBA", "\xC2\xB2", "\xE2\x82\xAC"}));
  EXPECT_EQ(pieces("e\xCC\x81"), (Pieces{"e", "\xCC\x81"}));  // a mark is no letter
}

TEST(PreTokenizer, LeavesTheLastBlankToTheWord) {
  EXPECT_EQ(pieces("a   b"), (Pieces{"a", "  ", " b"}));
  EXPECT_EQ(pieces("a \n b"), (Pieces{"a", " \n", " b"}));
  EXPECT_EQ(pieces("a\n\nb"), (Pieces{"a", "\n", "\n", "b"}));  // only a space goes with a word
  EXPECT_EQ(pieces("a  "), (Pieces{"a", "  "}));
  EXPECT_EQ(pieces("\xE3\x80\x80\xC2\xA0x"), (Pieces{"\xE3\x80\x80", "\xC2\xA0", "x"}));
  EXPECT_EQ(pieces(" \x1C"), (Pieces{" \x1C"}));  // no White_Space, whatever Python says
}

TEST(PreTokenizer, CutsContractionsOff) {
  EXPECT_EQ(pieces("it's we've 'tis"), (Pieces{"it", "'s", " we", "'ve", " '", "tis"}));
  EXPECT_EQ(pieces("I'LL"), (Pieces{"I", "'", "LL"}));
  EXPECT_EQ(pieces("''s"), (Pieces{"''", "s"}));
  EXPECT_EQ(pieces("'steps'r"), (Pieces{"'s", "teps", "'", "r"}));
}

TEST(PreTokenizer, TakesBrokenBytesForSymbols) {
  EXPECT_EQ(pieces("a\xE2\x82z\xFF!"), (Pieces{"a", "\xE2\x82", "z", "\xFF!"}));
}

TEST(Bpe, MergesTheLowestRankFirstAndTheLeftmostAmongEquals) {
  const auto bpe = create("test", with(all_bytes(), {"bc", "ab", "aa", "abab"}));
  ASSERT_OK(bpe);
  EXPECT_EQ(encode(*bpe, "abcd"), (Ids{'a', 256, 'd'}));  // not (ab)cd
  EXPECT_EQ(encode(*bpe, "aaa"), (Ids{258, 'a'}));
  EXPECT_EQ(encode(*bpe, "ababa"), (Ids{259, 'a'}));
  EXPECT_EQ(encode(*bpe, "bcab"), (Ids{256, 257}));
}

TEST(Bpe, TakesAWholePieceWithoutMerges) {
  const auto bpe = create("test", with(all_bytes(), {"abc"}));
  ASSERT_OK(bpe);
  EXPECT_EQ(encode(*bpe, "abc"), (Ids{256}));
  EXPECT_EQ(encode(*bpe, "abcd"), (Ids{'a', 'b', 'c', 'd'}));  // nothing leads to it
}

TEST(Bpe, MergesAsThePlainLoopDoes) {
  std::mt19937 rng{2};
  const auto letters = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += static_cast<char>('a' + rng() % 3);
    return text;
  };
  for (int round = 0; round < 40; ++round) {
    std::set<std::string> seen;
    std::vector<std::string> tokens = all_bytes();
    for (int i = 0; i < 60; ++i) {
      const std::string token = letters(2 + rng() % 4);
      if (seen.insert(token).second) tokens.push_back(token);
    }
    const auto rank = [&](const std::string& bytes) {
      return std::find(tokens.begin(), tokens.end(), bytes) - tokens.begin();
    };
    const auto bpe = create("test", tokens);
    ASSERT_OK(bpe);
    const std::string text = letters(1 + rng() % 60);
    std::vector<std::string> parts;
    for (const char c : text) parts.emplace_back(1, c);
    if (seen.contains(text)) parts = {text};
    for (;;) {
      std::ptrdiff_t best = std::ssize(tokens);
      std::size_t at = 0;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::ptrdiff_t found = rank(parts[i] + parts[i + 1]);
        if (found < best) best = found, at = i;
      }
      if (best == std::ssize(tokens)) break;
      parts[at] += parts[at + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    Ids expected;
    for (const std::string& part : parts) expected.push_back(static_cast<int>(rank(part)));
    ASSERT_EQ(encode(*bpe, text), expected) << text;
  }
}

TEST(Bpe, TakesOnePieceOfAMebibyte) {
  std::vector<std::string> tokens = all_bytes();
  for (std::size_t length = 2; length <= 512; length *= 2) tokens.emplace_back(length, 'a');
  const auto bpe = create("test", tokens);
  ASSERT_OK(bpe);
  const auto start = std::chrono::steady_clock::now();
  const std::string text(1 << 20, 'a');
  EXPECT_EQ(encode(*bpe, text), Ids(text.size() / 512, 256 + 8));
  // Under a second as it is; a loop over all pairs for each merge would take hours.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(Bpe, RefusesAVocabularyThatCannotBeOne) {
  std::vector<std::string> tokens = all_bytes();
  tokens['x'] = "xx";
  EXPECT_ERROR(create("bad.gguf", tokens), ErrorCode::kCorruptFile,
               "bad.gguf: no token for the byte 120");
  EXPECT_ERROR(create("bad.gguf", with(all_bytes(), {"ab", "cd", "ab"})), ErrorCode::kCorruptFile,
               "are the same, \"ab\"");
  EXPECT_TRUE(create("good", with(all_bytes(), {""})).has_value());
  // Tokens that differ past the bytes that are compared first, or in length alone.
  const std::string zeros(12, '\0');
  const auto alike = create("good", with(all_bytes(), {zeros, zeros.substr(3), zeros + "a"}));
  ASSERT_OK(alike);
  EXPECT_EQ(encode(*alike, zeros), (Ids{256}));
  EXPECT_EQ(encode(*alike, zeros.substr(3)), (Ids{257}));
  EXPECT_ERROR(create("bad.gguf", with(all_bytes(), {zeros, "ab", zeros})), ErrorCode::kCorruptFile,
               "are the same");
}

}  // namespace
}  // namespace sotto::text
