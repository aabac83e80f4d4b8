// The part of SentencePiece's model file (the protobuf message sentencepiece.ModelProto) that sotto
// reads and writes. The library has no public header for it, and it trusts what it loads; so a
// model is read and checked here, and the library is given what model_proto.cc writes.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

inline constexpr std::size_t kMaxPieces = 1 << 20;
inline constexpr std::size_t kMaxPieceBytes = 128;  // SentencePiece's own default is 16 characters
inline constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581, a piece's blank

// The numbers are those of the file.
enum class PieceType : std::uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,      // has no text: <s>, </s>
  kUserDefined = 4,  // found in the text as it stands, before anything else
  kByte = 6,         // <0xAB>: one byte of a character that no other piece holds
};

struct Piece {
  std::string text;
  float score = 0.0F;  // kNormal: the pair with the highest score is merged first
  PieceType type = PieceType::kNormal;
};

struct ModelProto {
  std::vector<Piece> pieces;     // by id
  bool add_dummy_prefix = true;  // a blank goes before the text, and is taken off what is decoded
  std::int32_t unk_id = 0;
  std::int32_t bos_id = -1;  // -1: there is none
  std::int32_t eos_id = -1;
};

// The byte that `piece` stands for where it has the form <0xAB>, else -1.
int byte_of_piece(std::string_view piece);

// Checks that the pieces can be a model: texts are UTF-8, of 1 to kMaxPieceBytes bytes and all
// different, scores are numbers, there is one unknown piece and a piece for each of the 256 bytes.
Status check_pieces(std::string_view name, const std::vector<Piece>& pieces);

// A BPE model with byte fallback that leaves the text as it is (no normalisation table).
std::string write_model_proto(const ModelProto& model);

// Errors begin with `name`. A model that works in another way than write_model_proto's is
// kUnsupported; samples for a self test and settings that were only for training are ignored.
Result<ModelProto> read_model_proto(std::string_view name, std::string_view bytes);

}  // namespace sotto::text
