#include "lib/text/tokenizer_json.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/text/tiny_tokenizer.h"

namespace sotto::text {
namespace {

using nlohmann::json;

Result<ModelProto> made_of(const json& root) {
  Result<std::string> model = sentencepiece_from_tokenizer_json(root.dump(), "t.json");
  if (!model) return std::move(model).error();
  return read_model_proto("made", *model);
}

// The message for tiny_tokenizer() after `change`.
template <typename Change>
std::string refused(Change change) {
  json root = tiny_tokenizer();
  change(root);
  const Result<ModelProto> model = made_of(root);
  return model ? "no error" : model.error().message;
}

TEST(TokenizerJson, MakesTheModelThatTheFileDescribes) {
  const Result<ModelProto> model = made_of(tiny_tokenizer());
  ASSERT_TRUE(model) << model.error().message;
  const ModelProto expected = tiny_model();
  ASSERT_EQ(model->pieces.size(), expected.pieces.size());
  for (std::size_t id = 0; id < expected.pieces.size(); ++id) {
    EXPECT_EQ(model->pieces[id].text, expected.pieces[id].text);
    EXPECT_EQ(model->pieces[id].type, expected.pieces[id].type) << id;
    EXPECT_EQ(model->pieces[id].score, expected.pieces[id].score) << id;
  }
  EXPECT_TRUE(model->add_dummy_prefix);
  EXPECT_EQ(model->bos_id, kBos);
  EXPECT_EQ(model->eos_id, kEos);
  EXPECT_EQ(model->unk_id, kUnk);
}

TEST(TokenizerJson, TakesTheOtherFormsOfTheSameTokenizer) {
  json root = tiny_tokenizer();
  root["model"]["merges"] = json::array({json::array({"a", "b"}), json::array({kBlank, "ab"})});
  root["model"]["dropout"] = 0.0;
  root["model"]["end_of_word_suffix"] = "";
  root["model"].erase("ignore_merges");
  root["truncation"] = {{"max_length", 512}};
  root["post_processor"] = nullptr;
  EXPECT_TRUE(made_of(root));
}

TEST(TokenizerJson, TakesATokenizerThatPrependsNothing) {
  json root = tiny_tokenizer();
  root["normalizer"] = root["normalizer"]["normalizers"][1];
  root["decoder"]["decoders"].erase(3);
  const Result<ModelProto> model = made_of(root);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_FALSE(model->add_dummy_prefix);
}

TEST(TokenizerJson, RefusesWhatIsNotTheJsonOfATokenizer) {
  const auto message = [](std::string_view text) {
    return sentencepiece_from_tokenizer_json(text, "t.json").error().message;
  };
  EXPECT_EQ(message(""), "t.json: is not well-formed JSON");
  EXPECT_EQ(message("{\"model\": "), "t.json: is not well-formed JSON");
  EXPECT_EQ(message("{\"a\": \"\xFF\"}"), "t.json: is not well-formed JSON");
  EXPECT_EQ(message("[]"), "t.json: the file is an array of 0, expected an object");
  EXPECT_EQ(message("{}"), "t.json: model is null, expected an object");
  EXPECT_EQ(message("{\"modle\": {}}"), "t.json: the file has 'modle', which is not known");
}

TEST(TokenizerJson, BoundsWhatParsingCosts) {
  const auto message = [](const std::string& text) {
    return sentencepiece_from_tokenizer_json(text, "t.json").error().message;
  };
  EXPECT_EQ(message(std::string(100000, '[')), "t.json: is nested deeper than 16");
  EXPECT_EQ(message("[" + std::string(5 << 20, ',')), "t.json: holds more than 4194304 values");
  EXPECT_EQ(message(std::string((32 << 20) + 1, ' ')),
            "t.json: has 33554433 bytes, expected at most 33554432");
  // Brackets in a string are text.
  json root = tiny_tokenizer();
  root["model"]["vocab"]["[[[[[[[[[[[[[[[[[[[[\\\"[["] = kVocab;
  EXPECT_EQ(made_of(root).error().message,
            "t.json: id 265 is both '[[[[[[[[[[[[[[[[[[[[\\\"[[' and '<<tag>>'");
}

TEST(TokenizerJson, RefusesAVocabularyWithHolesOrDuplicates) {
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"].erase("c"); }),
            "t.json: model.vocab has no piece of id 262, but one of id 264");
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"]["c"] = 999999999999; }),
            "t.json: the id of 'c' is 999999999999, expected 0 to 1048575");
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"]["c"] = 1048575; }),
            "t.json: the id of 'c' is 1048575, but there are at most 270 pieces");
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"]["c"] = -1; }),
            "t.json: the id of 'c' is -1, expected 0 to 1048575");
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"]["c"] = "x"; }),
            "t.json: the id of 'c' is 'x', expected 0 to 1048575");
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"]["c"] = kA; }),
            "t.json: id 260 is both 'a' and 'c'");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"][3]["id"] = 269; }),
            "t.json: the vocabulary with added_tokens has no piece of id 265, but one of id 269");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"][3]["id"] = kA; }),
            "t.json: id 260 is both 'a' and '<<tag>>'");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"][1]["id"] = kEos; }),
            "t.json: added_tokens[1] gives '<s>' the id 2, but it has 1");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"].push_back(r["added_tokens"][1]); }),
            "t.json: added_tokens[5] is '<s>', which was there before");
  EXPECT_EQ(refused([](json& r) {
              r["model"]["vocab"].erase("<0xFF>");
              r["model"]["vocab"]["d"] = kByte0 + 255;
            }),
            "t.json: there are 255 byte pieces, expected all from <0x00> to <0xFF>");
  EXPECT_EQ(refused([](json& r) { r["model"]["vocab"][""] = kVocab; }),
            "t.json: the piece of id 265 has 0 bytes, expected 1 to 128");
}

TEST(TokenizerJson, NamesTheFeatureItDoesNotHave) {
  EXPECT_EQ(refused([](json& r) { r["version"] = "2.0"; }),
            "t.json: version is '2.0', expected '1.0'");
  EXPECT_EQ(refused([](json& r) {
              r["pre_tokenizer"] = {{"type", "Metaspace"}};
            }),
            "t.json: pre_tokenizer is 'Metaspace', expected null");
  EXPECT_EQ(refused([](json& r) {
              r["post_processor"] = {{"type", "ByteLevel"}};
            }),
            "t.json: post_processor is 'ByteLevel', expected 'TemplateProcessing' or null");
  EXPECT_EQ(refused([](json& r) { r["model"]["type"] = "Unigram"; }),
            "t.json: model.type is 'Unigram', expected 'BPE'");
  EXPECT_EQ(refused([](json& r) { r["model"]["dropout"] = 0.1; }),
            "t.json: model.dropout is 0.1, expected null");
  EXPECT_EQ(refused([](json& r) { r["model"]["continuing_subword_prefix"] = "##"; }),
            "t.json: model.continuing_subword_prefix is '##', expected null");
  EXPECT_EQ(refused([](json& r) { r["model"]["byte_fallback"] = false; }),
            "t.json: model.byte_fallback is false, expected true");
  EXPECT_EQ(refused([](json& r) { r["model"]["ignore_merges"] = true; }),
            "t.json: model.ignore_merges is true, expected false");
  EXPECT_EQ(refused([](json& r) { r["model"]["unk_token"] = nullptr; }),
            "t.json: model.unk_token is null, expected a piece of the vocabulary");
  EXPECT_EQ(refused([](json& r) { r["model"]["unk_token"] = "a"; }),
            "t.json: model.unk_token 'a' is not among the special added_tokens");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"][3]["lstrip"] = true; }),
            "t.json: added_tokens[3].lstrip of '<<tag>>' is true, expected false");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"][3]["normalized"] = true; }),
            "t.json: added_tokens[3].normalized of '<<tag>>' is true, expected false");
  EXPECT_EQ(refused([](json& r) { r["added_tokens"][3]["content"] = "<0xag>"; }),
            "t.json: piece 265 '<0xag>' would decode as a byte, but is none of <0x00> to <0xFF>");
}

TEST(TokenizerJson, NamesTheNormalizerOrDecoderStepItDoesNotKnow) {
  EXPECT_EQ(refused([](json& r) { r["normalizer"] = nullptr; }),
            "t.json: step 0 of normalizer is missing, expected a Replace of ' ' by U+2581");
  EXPECT_EQ(refused([](json& r) {
              r["normalizer"]["normalizers"].insert(r["normalizer"]["normalizers"].begin() + 1,
                                                    json{{"type", "NFKC"}});
            }),
            "t.json: step 1 of normalizer is 'NFKC', expected a Replace of ' ' by U+2581");
  EXPECT_EQ(refused([](json& r) {
              r["normalizer"]["normalizers"].push_back({{"type", "NFC"}});
            }),
            "t.json: step 2 of normalizer is 'NFC', expected no more");
  EXPECT_EQ(refused([](json& r) { r["normalizer"]["normalizers"][0]["prepend"] = "x"; }),
            "t.json: the normalizer prepends 'x', expected U+2581 alone");
  EXPECT_EQ(refused([](json& r) { r["decoder"]["decoders"][1]["type"] = "WordPiece"; }),
            "t.json: step 1 of decoder is 'WordPiece', expected ByteFallback");
  EXPECT_EQ(refused([](json& r) { r["decoder"]["decoders"].erase(2); }),
            "t.json: step 2 of decoder is 'Strip', expected Fuse");
  EXPECT_EQ(refused([](json& r) { r["decoder"]["decoders"].erase(3); }),
            "t.json: step 3 of decoder is missing, expected Strip, since the normalizer prepends a "
            "blank");
  EXPECT_EQ(refused([](json& r) { r["decoder"]["decoders"][3]["start"] = 2; }),
            "t.json: the decoder strips ' ', 2 before and 0 after the text, expected ' ', 1 and 0");
  EXPECT_EQ(
      refused([](json& r) { r["normalizer"]["normalizers"].erase(0); }),
      "t.json: step 3 of decoder is 'Strip', expected no Strip, since the normalizer prepends "
      "nothing");
}

TEST(TokenizerJson, RefusesMergesThatSentencePieceWouldDoDifferently) {
  using std::string;
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"].erase(0); }),
            "t.json: no merge makes piece 263 'ab'");
  EXPECT_EQ(refused([](json& r) {
              r["model"]["vocab"][string(kBlank) + "a"] = kVocab;
              r["added_tokens"][3]["id"] = kVocab + 1;
              r["added_tokens"][4]["id"] = kVocab + 2;
              r["model"]["merges"].push_back(string(kBlank) + " a");
            }),
            "t.json: no merge makes piece 264 '" + string(kBlank) + "ab' of '" + kBlank +
                "a' and 'b', which SentencePiece would join");
  EXPECT_EQ(refused([](json& r) {
              r["model"]["vocab"]["aba"] = kVocab;
              r["model"]["vocab"]["ba"] = kVocab + 1;
              r["added_tokens"][3]["id"] = kVocab + 2;
              r["added_tokens"][4]["id"] = kVocab + 3;
              r["model"]["merges"] = {"a b", "ab a", "b a", string(kBlank) + " ab", "a ba"};
            }),
            "t.json: merge 4 makes 'aba' as an earlier one does, with other merges between them");
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"][0] = "a d"; }),
            "t.json: merge 0 needs 'd', which is not a plain piece of the vocabulary");
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"][0] = "a c"; }),
            "t.json: merge 0 needs 'ac', which is not a plain piece of the vocabulary");
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"][0] = "<0x41> b"; }),
            "t.json: merge 0 needs '<0x41>', which is not a plain piece of the vocabulary");
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"][0] = "a b c"; }),
            "t.json: merge 0 is 'a b c', expected two pieces");
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"][0] = {"a"}; }),
            "t.json: merge 0 is an array of 1, expected two pieces");
  EXPECT_EQ(refused([](json& r) { r["model"]["merges"].push_back("a b"); }),
            "t.json: merge 2 'a' 'b' is there twice");
}

TEST(TokenizerJson, EveryValueMayHaveAnyType) {
  // Each value of the file in turn is replaced by each kind of value, and must not be trusted.
  const json root = tiny_tokenizer();
  const json kinds[] = {nullptr,        true,          -1,    1.5, 1e300, "", "x", json::array(),
                        json::object(), {{"type", 3}}, {1, 2}};
  std::size_t tried = 0;
  const json flat = root.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (path.starts_with("/model/vocab/<0x") && path != "/model/vocab/<0x41>") continue;
    for (json::json_pointer at(path); !at.empty(); at = at.parent_pointer()) {
      for (const json& kind : kinds) {
        json changed = root;
        changed[at] = kind;
        const Result<ModelProto> model = made_of(changed);
        EXPECT_TRUE(model || model.error().message.starts_with("t.json: ")) << at << kind;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 1000U);
}

}  // namespace
}  // namespace sotto::text
