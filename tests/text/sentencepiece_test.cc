#include "lib/text/sentencepiece.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/text/tokenizer_json.h"
#include "lib/text/utf8.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "tests/support/xz.h"
#include "tests/text/tiny_tokenizer.h"

namespace sotto::text {
namespace {

using Ids = std::vector<std::int32_t>;
using nlohmann::json;

constexpr const char* kMoonshine = "golden/moonshine/tokenizer/tokenizer.json.xz";
constexpr const char* kDigits = "models/moonshine-digits/hf/tokenizer.json";

std::string shared_json(const char* path) {
  const std::filesystem::path full = test::shared_root() / path;
  return full.extension() == ".xz" ? test::read_xz(full).value_or("") : test::read_file(full);
}

// A tokenizer made of the text of a tokenizer.json.
SentencePiece load_json(const std::string& text) {
  Result<std::string> model = sentencepiece_from_tokenizer_json(text, "tokenizer.json");
  EXPECT_TRUE(model) << model.error().message;
  Result<SentencePiece> pieces = SentencePiece::load(*model);
  EXPECT_TRUE(pieces) << pieces.error().message;
  return *std::move(pieces);
}
SentencePiece load_tiny() { return load_json(tiny_tokenizer().dump()); }

Ids encoded(const SentencePiece& pieces, std::string_view text) {
  Result<Ids> ids = pieces.encode(text);
  EXPECT_TRUE(ids) << ids.error().message;
  return ids ? *std::move(ids) : Ids();
}
std::string decoded(const SentencePiece& pieces, const Ids& ids) {
  Result<std::string> text = pieces.decode(ids);
  EXPECT_TRUE(text) << text.error().message;
  return text ? *std::move(text) : std::string();
}

// BPE by the rank of pairs, as `tokenizers` defines it: again and again, the adjacent pair of the
// lowest rank, the leftmost of them, becomes one. Quadratic.
class PairBpe {
 public:
  explicit PairBpe(const json& root) : vocab_(root["model"]["vocab"]) {
    const json& merges = root["model"]["merges"];
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      ranks_.emplace(merges[rank].get<std::string>(), rank);
    }
  }

  // `text` has no added tokens in it.
  Ids encode(const std::string& text) const {
    std::vector<std::string> parts = {kBlank};
    for (std::size_t at = 0; at < text.size(); at += utf8_length(text[at])) {
      const std::string one = text.substr(at, utf8_length(text[at]));
      parts.push_back(one == " " ? kBlank : one);
    }
    if (text.empty()) parts.clear();
    while (const std::optional<std::size_t> best = best_pair(parts)) {
      parts[*best] += parts[*best + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(*best) + 1);
    }
    Ids ids;
    for (const std::string& part : parts) {
      if (const auto id = vocab_.find(part); id != vocab_.end()) {
        ids.push_back(*id);
        continue;
      }
      for (const char byte : part) ids.push_back(kByte0 + static_cast<unsigned char>(byte));
    }
    return ids;
  }

 private:
  std::optional<std::size_t> best_pair(const std::vector<std::string>& parts) const {
    std::optional<std::size_t> best;
    std::size_t best_rank = ranks_.size();
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = ranks_.find(parts[i] + " " + parts[i + 1]);
      if (found == ranks_.end() || found->second >= best_rank) continue;
      best = i;
      best_rank = found->second;
    }
    return best;
  }

  json vocab_;
  std::unordered_map<std::string, std::size_t> ranks_;
};

TEST(SentencePiece, MergesInTheOrderOfTheMerges) {
  const SentencePiece pieces = load_tiny();
  EXPECT_EQ(pieces.size(), static_cast<std::size_t>(kSize));
  EXPECT_EQ(encoded(pieces, "ab"), (Ids{kBlankAb}));
  EXPECT_EQ(encoded(pieces, "cab ab"), (Ids{kBlankId, kA + 2, kAb, kBlankAb}));
  EXPECT_EQ(encoded(pieces, ""), Ids());
  EXPECT_EQ(encoded(pieces, "  a "), (Ids{kBlankId, kBlankId, kBlankId, kA, kBlankId}));
}

TEST(SentencePiece, FallsBackToBytes) {
  const SentencePiece pieces = load_tiny();
  EXPECT_EQ(encoded(pieces, "a\xE2\x82\xAC"),
            (Ids{kBlankId, kA, kByte0 + 0xE2, kByte0 + 0x82, kByte0 + 0xAC}));
  EXPECT_EQ(encoded(pieces, std::string("\0a", 2)), (Ids{kBlankId, kByte0, kA}));
  EXPECT_EQ(encoded(pieces, "\t\n"), (Ids{kBlankId, kByte0 + 9, kByte0 + 10}));
  // A byte piece is not looked for in a text.
  EXPECT_EQ(encoded(pieces, "<0x41>"), (Ids{kBlankId, kByte0 + '<', kByte0 + '0', kByte0 + 'x',
                                            kByte0 + '4', kByte0 + '1', kByte0 + '>'}));
}

TEST(SentencePiece, TakesAddedTokensOutOfTheTextFirst) {
  const SentencePiece pieces = load_tiny();
  EXPECT_EQ(encoded(pieces, "<s>ab</s>"), (Ids{kBos, kBlankAb, kEos}));
  EXPECT_EQ(encoded(pieces, "abHEYab"), (Ids{kBlankAb, kShout, kBlankAb}));
  EXPECT_EQ(encoded(pieces, "a <<tag>> a"),
            (Ids{kBlankId, kA, kBlankId, kTag, kBlankId, kBlankId, kA}));
  EXPECT_EQ(encoded(pieces, "<unk>HEY"), (Ids{kUnk, kShout}));
  EXPECT_EQ(encoded(pieces, "<s"), (Ids{kBlankId, kByte0 + '<', kByte0 + 's'}));
}

TEST(SentencePiece, TakesTheLongestAddedToken) {
  json root = tiny_tokenizer();
  root["added_tokens"][4]["content"] = "<<tag>>>";
  const SentencePiece pieces = load_json(root.dump());
  EXPECT_EQ(encoded(pieces, "<<tag>>>"), (Ids{kShout}));
  EXPECT_EQ(encoded(pieces, "<<tag>>"), (Ids{kTag}));
}

TEST(SentencePiece, LooksForAddedTokensInTheTextAsItStands) {
  json root = tiny_tokenizer();
  root["added_tokens"][4]["content"] = std::string(kBlank) + "c";
  const SentencePiece pieces = load_json(root.dump());
  EXPECT_EQ(encoded(pieces, "a c"), (Ids{kBlankId, kA, kBlankId, kA + 2}));
  EXPECT_EQ(encoded(pieces, std::string("a") + kBlank + "c"), (Ids{kBlankId, kA, kShout}));
}

TEST(SentencePiece, DecodesWithoutControlPieces) {
  const SentencePiece pieces = load_tiny();
  EXPECT_EQ(decoded(pieces, {}), "");
  EXPECT_EQ(decoded(pieces, {kBos, kBlankAb, kTag, kAb, kShout, kUnk, kEos}), "ababHEY");
  EXPECT_EQ(decoded(pieces, {kBlankId, kBlankId}), " ");
  EXPECT_EQ(decoded(pieces, {kA, kBlankAb}), "a ab");
  // The one blank is the text's, whatever it is made of.
  EXPECT_EQ(decoded(pieces, {kByte0 + ' ', kBlankAb}), " ab");
}

TEST(SentencePiece, GivesAReplacementForEachByteOfARunThatIsNotUtf8) {
  const SentencePiece pieces = load_tiny();
  const std::string r = "\xEF\xBF\xBD";
  const auto byte = [](int value) { return kByte0 + value; };
  EXPECT_EQ(decoded(pieces, {byte(0xE2), byte(0x82), byte(0xAC)}), "\xE2\x82\xAC");
  EXPECT_EQ(decoded(pieces, {byte('x'), byte(0xFF)}), r + r);
  EXPECT_EQ(decoded(pieces, {byte(0xE2), kA, byte(0x82), byte(0xAC)}), r + "a" + r + r);
  // A control piece does not end a run.
  EXPECT_EQ(decoded(pieces, {byte(0xE2), kEos, byte(0x82), byte(0xAC)}), "\xE2\x82\xAC");
  EXPECT_EQ(decoded(pieces, {byte(0xED), byte(0xA0), byte(0x80)}), r + r + r);
  EXPECT_EQ(decoded(pieces, {byte(0)}), std::string(1, '\0'));
}

TEST(SentencePiece, RefusesIdsAndTextsThatAreNone) {
  const SentencePiece pieces = load_tiny();
  EXPECT_EQ(pieces.decode(Ids{kA, kSize}).error().message,
            "id 1 to decode is 267, expected 0 to 266");
  EXPECT_EQ(pieces.decode(Ids{-1}).error().message, "id 0 to decode is -1, expected 0 to 266");
  EXPECT_EQ(pieces.encode("ab\xFF").error().message, "text to encode is not UTF-8 at byte 2");
  EXPECT_EQ(pieces.encode(std::string((1 << 20) + 1, 'a')).error().message,
            "text to encode has 1048577 bytes, expected at most 1048576");
  EXPECT_TRUE(pieces.encode(std::string(1 << 20, 'a')));
}

TEST(SentencePiece, RefusesWhatIsNotAModel) {
  EXPECT_EQ(SentencePiece::load("").error().message,
            "SentencePiece model: the model type is 1, expected 2 (BPE)");
  EXPECT_EQ(SentencePiece::load("\xFF\xFF").error().message,
            "SentencePiece model: the model is cut short or damaged");
}

TEST(SentencePiece, TakesNoBlankWhereTheModelPutsNone) {
  json root = tiny_tokenizer();
  root["normalizer"]["normalizers"].erase(0);
  root["decoder"]["decoders"].erase(3);
  const SentencePiece pieces = load_json(root.dump());
  EXPECT_EQ(encoded(pieces, "ab ab"), (Ids{kAb, kBlankAb}));
  EXPECT_EQ(decoded(pieces, {kBlankAb}), " ab");
}

TEST(SentencePiece, SurvivesANulInAnyPiece) {
  ModelProto model = tiny_model();
  model.pieces[kShout].text = std::string("H\0Y", 3);
  model.pieces.push_back({std::string("H\0", 2), 0.0F, PieceType::kUserDefined});
  model.pieces.push_back({std::string(1, '\0'), 0.0F, PieceType::kNormal});
  const Result<SentencePiece> pieces = SentencePiece::load(write_model_proto(model));
  ASSERT_TRUE(pieces) << pieces.error().message;
  EXPECT_EQ(encoded(*pieces, std::string("H\0Y\0H\0", 6)),
            (Ids{kShout, kBlankId, kSize + 1, kSize}));
}

// The reference's cases (the file says how they were made).
TEST(SentencePiece, EncodesAndDecodesMoonshinesCases) {
  SOTTO_NEEDS_SHARED("golden/moonshine/tokenizer");
  const SentencePiece pieces = load_json(shared_json(kMoonshine));
  EXPECT_EQ(pieces.size(), 32768U);
  const json golden =
      json::parse(test::read_file(test::shared_root() / "golden/moonshine/tokenizer/cases.json"));
  std::size_t checked = 0;
  for (const json& entry : golden["cases"]) {
    Ids ids = {golden["bos"].get<std::int32_t>()};
    const Ids text = encoded(pieces, entry["text"].get<std::string>());
    ids.insert(ids.end(), text.begin(), text.end());
    EXPECT_EQ(ids, entry["ids"].get<Ids>()) << entry["text"];
    EXPECT_EQ(decoded(pieces, entry["ids"].get<Ids>()), entry["decode"].get<std::string>());
    ++checked;
  }
  for (const json& entry : golden["decode_random"]) {
    EXPECT_EQ(decoded(pieces, entry["ids"].get<Ids>()), entry["decode"].get<std::string>());
    ++checked;
  }
  EXPECT_GE(checked, 80U);
}

// SentencePiece merges by the piece that results, the reference by the pair: the same for texts
// that bring pairs of all kinds together. Long runs of one character are where they come closest.
TEST(SentencePiece, MergesAsPairRanksDo) {
  for (const char* path : {kDigits, kMoonshine}) {
    SOTTO_NEEDS_SHARED(path);
    const json root = json::parse(shared_json(path));
    const SentencePiece pieces = load_json(root.dump());
    const PairBpe reference(root);
    std::vector<std::string> texts;
    std::vector<std::string> words;
    std::vector<std::string> characters = {" ", "\n", "\xF0\x9F\x98\x80"};
    for (const auto& [text, id] : root["model"]["vocab"].items()) {
      if (text.starts_with('<')) continue;
      words.push_back(text);
      if (utf8_length(text.front()) == text.size()) characters.push_back(text);
    }
    for (const char* run : {" ", "a", "-", "=", "0", "\xE2\x96\x81", "\n"}) {
      std::string text;
      for (int length = 1; length < 100; ++length) texts.push_back(text += run);
    }
    std::mt19937 rng{7};
    for (int i = 0; i < 4000; ++i) {
      std::string text;
      const auto& from = i % 2 == 0 ? words : characters;
      for (std::size_t n = 1 + rng() % 12; n > 0; --n) text += from[rng() % from.size()];
      texts.push_back(text);
    }
    for (int i = 0; i < 1000; ++i) {  // two characters in all orders
      const std::string two[] = {characters[rng() % characters.size()],
                                 words[rng() % words.size()]};
      std::string text;
      for (std::size_t n = 1 + rng() % 20; n > 0; --n) text += two[rng() % 2];
      texts.push_back(text);
    }
    for (const std::string& text : texts) {
      ASSERT_EQ(encoded(pieces, text), reference.encode(text)) << path << ": " << text;
    }
  }
}

TEST(SentencePiece, DecodesWhatItEncodesOfTheDigitsModel) {
  SOTTO_NEEDS_SHARED(kDigits);
  const SentencePiece pieces = load_json(shared_json(kDigits));
  EXPECT_EQ(pieces.size(), 320U);
  for (const char* text : {"one two three", " zero  nine", "oh", "Sieben \xE2\x99\xAA", "\t", ""}) {
    EXPECT_EQ(decoded(pieces, encoded(pieces, text)), text);
  }
  EXPECT_EQ(encoded(pieces, "one").size(), 1U);
}

TEST(SentencePiece, DecodesAnyIdsToUtf8) {
  SOTTO_NEEDS_SHARED(kDigits);
  const SentencePiece pieces = load_json(shared_json(kDigits));
  std::mt19937 rng{11};
  for (int i = 0; i < 2000; ++i) {
    Ids ids(rng() % 12);
    for (auto& id : ids) id = static_cast<std::int32_t>(rng() % 320);
    EXPECT_TRUE(is_utf8(decoded(pieces, ids)));
  }
}

}  // namespace
}  // namespace sotto::text
