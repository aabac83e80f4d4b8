// A tokenizer.json small enough to read, and to change in a test.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "lib/text/model_proto.h"

namespace sotto::text {

inline constexpr const char* kBlank = "\xE2\x96\x81";  // U+2581

// The ids that the tests speak of.
inline constexpr int kUnk = 0;
inline constexpr int kBos = 1;
inline constexpr int kEos = 2;
inline constexpr int kByte0 = 3;  // <0x00>
inline constexpr int kBlankId = 259;
inline constexpr int kA = 260;        // a, b, c follow one another
inline constexpr int kAb = 263;       // of a and b
inline constexpr int kBlankAb = 264;  // of U+2581 and ab, or U+2581a and b, were there one
inline constexpr int kVocab = 265;
inline constexpr int kTag = 265;    // <<tag>>, special
inline constexpr int kShout = 266;  // HEY, not special
inline constexpr int kSize = 267;

// The same settings as Moonshine's.
inline nlohmann::json tiny_tokenizer() {
  using nlohmann::json;
  json vocab = {{"<unk>", kUnk}, {"<s>", kBos}, {"</s>", kEos}};
  for (int byte = 0; byte < 256; ++byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string piece = "<0x00>";
    piece[3] = kDigits[static_cast<std::size_t>(byte / 16)];
    piece[4] = kDigits[static_cast<std::size_t>(byte % 16)];
    vocab[piece] = kByte0 + byte;
  }
  const std::string blank = kBlank;
  vocab[blank] = kBlankId;
  vocab["a"] = kA;
  vocab["b"] = kA + 1;
  vocab["c"] = kA + 2;
  vocab["ab"] = kAb;
  vocab[blank + "ab"] = kBlankAb;
  const auto added = [](int id, const char* content, bool special) {
    return json{{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}, {"special", special}};
  };
  json root;
  root["version"] = "1.0";
  root["truncation"] = nullptr;
  root["padding"] = nullptr;
  root["added_tokens"] = {added(kUnk, "<unk>", true), added(kBos, "<s>", true),
                          added(kEos, "</s>", true), added(kTag, "<<tag>>", true),
                          added(kShout, "HEY", false)};
  root["normalizer"] = {
      {"type", "Sequence"},
      {"normalizers",
       {{{"type", "Prepend"}, {"prepend", blank}},
        {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", blank}}}}};
  root["pre_tokenizer"] = nullptr;
  root["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single",
                             {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
                              {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}}};
  root["decoder"] = {{"type", "Sequence"},
                     {"decoders",
                      {{{"type", "Replace"}, {"pattern", {{"String", blank}}}, {"content", " "}},
                       {{"type", "ByteFallback"}},
                       {{"type", "Fuse"}},
                       {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}};
  root["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", "<unk>"},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", true},
                   {"byte_fallback", true},
                   {"ignore_merges", false},
                   {"vocab", vocab},
                   {"merges", {"a b", blank + " ab"}}};
  return root;
}

// The model that tiny_tokenizer() is.
inline ModelProto tiny_model() {
  ModelProto model;
  const nlohmann::json root = tiny_tokenizer();
  model.pieces.resize(kSize);
  for (const auto& [text, id] : root["model"]["vocab"].items()) {
    model.pieces[id.get<std::size_t>()].text = text;
  }
  for (int id = kByte0; id < kBlankId; ++id) {
    model.pieces[static_cast<std::size_t>(id)].type = PieceType::kByte;
  }
  model.pieces[kUnk].type = PieceType::kUnknown;
  model.pieces[kBos].type = PieceType::kControl;
  model.pieces[kEos].type = PieceType::kControl;
  model.pieces[kTag] = {"<<tag>>", 0.0F, PieceType::kControl};
  model.pieces[kShout] = {"HEY", 0.0F, PieceType::kUserDefined};
  model.pieces[kBlankAb].score = -1.0F;
  model.bos_id = kBos;
  model.eos_id = kEos;
  return model;
}

}  // namespace sotto::text
