#include "lib/text/model_proto.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "lib/text/sentencepiece.h"
#include "tests/text/tiny_tokenizer.h"

namespace sotto::text {
namespace {

// `message` as field `number` of another one; its length fits in two bytes of 7 bits.
std::string nested(char number, const std::string& message) {
  std::string out = {static_cast<char>(number << 3 | 2)};
  out += static_cast<char>((message.size() & 0x7F) | 0x80);
  out += static_cast<char>(message.size() >> 7);
  return out + message;
}

std::string message_of(const Result<ModelProto>& result) {
  return result ? "no error" : result.error().message;
}

TEST(ModelProto, ReadsWhatItWrites) {
  const ModelProto model = tiny_model();
  const Result<ModelProto> back = read_model_proto("m", write_model_proto(model));
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->pieces.size(), model.pieces.size());
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    EXPECT_EQ(back->pieces[id].text, model.pieces[id].text);
    EXPECT_EQ(back->pieces[id].score, model.pieces[id].score);
    EXPECT_EQ(back->pieces[id].type, model.pieces[id].type);
  }
  EXPECT_EQ(back->add_dummy_prefix, model.add_dummy_prefix);
  EXPECT_EQ(back->unk_id, model.unk_id);
  EXPECT_EQ(back->bos_id, model.bos_id);
  EXPECT_EQ(back->eos_id, model.eos_id);
}

TEST(ModelProto, KeepsAModelWithoutADummyPrefixOrControlPieces) {
  ModelProto model = tiny_model();
  model.add_dummy_prefix = false;
  model.bos_id = -1;
  model.eos_id = -1;
  const Result<ModelProto> back = read_model_proto("m", write_model_proto(model));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_FALSE(back->add_dummy_prefix);
  EXPECT_EQ(back->bos_id, -1);
  EXPECT_EQ(back->eos_id, -1);
}

TEST(ModelProto, IgnoresFieldsItDoesNotKnow) {
  const std::string unknown = "\x22\x02hi";  // field 4, the samples of a self test
  EXPECT_TRUE(read_model_proto("m", unknown + write_model_proto(tiny_model())));
}

TEST(ModelProto, RefusesPiecesThatAreNoModel) {
  const auto refused = [](auto change) {
    ModelProto model = tiny_model();
    change(model.pieces);
    return message_of(read_model_proto("m", write_model_proto(model)));
  };
  using Pieces = std::vector<Piece>&;
  EXPECT_EQ(refused([](Pieces p) { p[kA].text = ""; }),
            "m: piece 260 has 0 bytes, expected 1 to 128 bytes of UTF-8");
  EXPECT_EQ(refused([](Pieces p) { p[kA].text = "\xFF"; }),
            "m: piece 260 has 1 bytes, expected 1 to 128 bytes of UTF-8");
  EXPECT_EQ(refused([](Pieces p) { p[kA].text.assign(129, 'x'); }),
            "m: piece 260 has 129 bytes, expected 1 to 128 bytes of UTF-8");
  EXPECT_EQ(refused([](Pieces p) { p[kA].text = "b"; }), "m: piece 261 'b' is there twice");
  EXPECT_EQ(refused([](Pieces p) { p[kA].score = NAN; }),
            "m: the score of piece 260 is not a number");
  EXPECT_EQ(refused([](Pieces p) { p[kByte0].text = "<0x0a>"; }),
            "m: byte piece 3 is '<0x0a>', expected <0x00> to <0xFF>");
  EXPECT_EQ(refused([](Pieces p) { p[kByte0].type = PieceType::kNormal; }),
            "m: there are 255 byte pieces, expected all from <0x00> to <0xFF>");
  EXPECT_EQ(refused([](Pieces p) { p[kBos].type = PieceType::kUnknown; }),
            "m: there are 2 unknown pieces, expected 1");
  EXPECT_EQ(refused([](Pieces p) { p[kA].type = static_cast<PieceType>(5); }),
            "m: piece 260 has type 5, expected 1, 2, 3, 4 or 6");
  EXPECT_EQ(refused([](Pieces p) { p[kA].type = static_cast<PieceType>(9); }),
            "m: piece 260 has type 9, expected 1, 2, 3, 4 or 6");
}

TEST(ModelProto, RefusesAModelThatWorksInAnotherWay) {
  const std::string model = write_model_proto(tiny_model());
  const auto refused = [&](char number, const std::string& settings) {
    return message_of(read_model_proto("m", model + nested(number, settings)));
  };
  EXPECT_EQ(refused(2, "\x18\x01"), "m: the model type is 1, expected 2 (BPE)");
  EXPECT_EQ(refused(2, std::string("\x98\x02\x00", 3)), "m: the model has no byte fallback");
  EXPECT_EQ(refused(3, "\x12\x01x"), "m: the model normalises text by a table");
  EXPECT_EQ(refused(5, "\x12\x01x"), "m: the model normalises text by a table");
  EXPECT_NE(refused(3, "\x20\x01").find("removes blanks"), std::string::npos);
  EXPECT_NE(refused(2, "\xC0\x01\x01").find("after words"), std::string::npos);
  EXPECT_EQ(refused(2, "\x1A\x01\x02"),
            "m: field 3 of the trainer settings has wire type 2, expected 0");
  EXPECT_EQ(refused(2, "\x18"), "m: the trainer settings is cut short or damaged");
}

TEST(ModelProto, RefusesEveryTruncation) {
  const std::string model = write_model_proto(tiny_model());
  for (std::size_t size = 0; size < model.size(); ++size) {
    EXPECT_FALSE(read_model_proto("m", std::string_view(model).substr(0, size))) << size;
  }
}

TEST(ModelProto, DamagedModelsLoadOrFailButNeverMore) {
  const std::string model = write_model_proto(tiny_model());
  std::mt19937 rng{1};
  std::size_t loaded = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = model;
    for (std::size_t flips = 1 + rng() % 3; flips > 0; --flips) {
      damaged[rng() % damaged.size()] = static_cast<char>(rng() & 0xFF);
    }
    const Result<SentencePiece> pieces = SentencePiece::load(damaged);
    if (!pieces) continue;
    ++loaded;
    const auto ids = pieces->encode("ab <s> HEY cab \xE2\x82\xAC");
    ASSERT_TRUE(ids);
    EXPECT_TRUE(pieces->decode(*ids));
  }
  EXPECT_GT(loaded, 0U);
}

}  // namespace
}  // namespace sotto::text
