#include "lib/text/model_proto.h"

#include <bit>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>

#include "lib/base/error.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

using base::error;

constexpr std::size_t kMaxModelBytes = std::size_t{64} << 20;

// Field numbers of sentencepiece_model.proto.
constexpr std::uint32_t kModelPieces = 1;
constexpr std::uint32_t kModelTrainer = 2;
constexpr std::uint32_t kModelNormalizer = 3;
constexpr std::uint32_t kModelDenormalizer = 5;
constexpr std::uint32_t kPieceText = 1;
constexpr std::uint32_t kPieceScore = 2;
constexpr std::uint32_t kPieceType = 3;
constexpr std::uint32_t kTrainerModelType = 3;
constexpr std::uint32_t kTrainerVocabSize = 4;
constexpr std::uint32_t kTrainerWhitespaceAsSuffix = 24;
constexpr std::uint32_t kTrainerByteFallback = 35;
constexpr std::uint32_t kTrainerUnkId = 40;
constexpr std::uint32_t kTrainerBosId = 41;
constexpr std::uint32_t kTrainerEosId = 42;
constexpr std::uint32_t kTrainerPadId = 43;
constexpr std::uint32_t kTrainerUnkPiece = 45;
constexpr std::uint32_t kTrainerBosPiece = 46;
constexpr std::uint32_t kTrainerEosPiece = 47;
constexpr std::uint32_t kNormalizerName = 1;
constexpr std::uint32_t kNormalizerTable = 2;
constexpr std::uint32_t kNormalizerDummyPrefix = 3;
constexpr std::uint32_t kNormalizerRemoveExtra = 4;
constexpr std::uint32_t kNormalizerEscape = 5;
constexpr std::uint64_t kModelTypeUnigram = 1;
constexpr std::uint64_t kModelTypeBpe = 2;

enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Protobuf's wire format: a message is a run of (field number << 3 | wire type, value).
class Writer {
 public:
  void varint(std::uint32_t field, std::uint64_t value) {
    raw(field << 3 | kVarint);
    raw(value);
  }
  // Negative numbers are sign-extended to 64 bits, as int32 fields are.
  void int32(std::uint32_t field, std::int32_t value) {
    varint(field, static_cast<std::uint64_t>(std::int64_t{value}));
  }
  void bytes(std::uint32_t field, std::string_view value) {
    raw(field << 3 | kBytes);
    raw(value.size());
    out_.append(value);
  }
  void number(std::uint32_t field, float value) {
    raw(field << 3 | kFixed32);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(bits >> shift & 0xFF);
  }
  std::string take() { return std::move(out_); }

 private:
  void raw(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>((value & 0x7F) | 0x80);
    out_ += static_cast<char>(value);
  }

  std::string out_;
};

struct Field {
  std::uint32_t number = 0;
  std::uint32_t wire = 0;
  std::uint64_t value = 0;  // kVarint, kFixed32, kFixed64
  std::string_view bytes;   // kBytes; a view of the message

  std::string_view as_bytes() const { return bytes; }
  bool as_bool() const { return value != 0; }
  float as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
  std::int32_t as_int32() const { return static_cast<std::int32_t>(value); }
};

class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}

  bool done() const { return rest_.empty(); }

  // Empty where the message ends inside the field, or the field has no known form.
  std::optional<Field> next() {
    const std::optional<std::uint64_t> tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag >> 32 != 0) return std::nullopt;
    Field field;
    field.number = static_cast<std::uint32_t>(*tag >> 3);
    field.wire = static_cast<std::uint32_t>(*tag & 7);
    std::optional<std::uint64_t> value;
    switch (field.wire) {
      case kVarint: value = varint(); break;
      case kFixed32: value = fixed(4); break;
      case kFixed64: value = fixed(8); break;
      case kBytes:
        value = varint();
        if (!value || *value > rest_.size()) return std::nullopt;
        field.bytes = rest_.substr(0, static_cast<std::size_t>(*value));
        rest_.remove_prefix(field.bytes.size());
        break;
      default: break;
    }
    if (!value) return std::nullopt;
    field.value = *value;
    return field;
  }

 private:
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 10 && i < rest_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(rest_[i]);
      if (i == 9 && byte > 1) return std::nullopt;
      value |= std::uint64_t{byte & 0x7FU} << (7 * i);
      if (byte < 0x80) {
        rest_.remove_prefix(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }
  std::optional<std::uint64_t> fixed(std::size_t size) {
    if (size > rest_.size()) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(size);
    return value;
  }

  std::string_view rest_;
};

// Calls on_field(Field) -> Status for each field of `message`, and stops at the first error. A
// field that `wire_of` knows must have the wire type that it says; it says nullopt for the others.
template <typename WireOf, typename OnField>
Status for_each_field(std::string_view name, std::string_view what, std::string_view message,
                      WireOf wire_of, OnField on_field) {
  Reader reader(message);
  while (!reader.done()) {
    const std::optional<Field> field = reader.next();
    if (!field) return error(ErrorCode::kCorruptFile, name, ": ", what, " is cut short or damaged");
    const std::optional<std::uint32_t> wire = wire_of(field->number);
    if (!wire) continue;
    if (*wire != field->wire) {
      return error(ErrorCode::kCorruptFile, name, ": field ", field->number, " of ", what,
                   " has wire type ", field->wire, ", expected ", *wire);
    }
    if (Status status = on_field(*field); !status) return status;
  }
  return ok();
}

Result<Piece> read_piece(std::string_view name, std::size_t id, std::string_view message) {
  Piece piece;
  std::uint64_t type = static_cast<std::uint64_t>(PieceType::kNormal);
  const auto wire_of = [](std::uint32_t number) -> std::optional<std::uint32_t> {
    if (number == kPieceText) return kBytes;
    if (number == kPieceScore) return kFixed32;
    if (number == kPieceType) return kVarint;
    return std::nullopt;
  };
  const auto on_field = [&](const Field& field) {
    if (field.number == kPieceText) piece.text = field.as_bytes();
    if (field.number == kPieceScore) piece.score = field.as_float();
    if (field.number == kPieceType) type = field.value;
    return ok();
  };
  const std::string what = base::concat("piece ", id);
  if (Status status = for_each_field(name, what, message, wire_of, on_field); !status) {
    return std::move(status).error();
  }
  if (type < 1 || type > 6 || type == 5) {  // 5, an unused piece, cannot be left out of the merging
    return error(type == 5 ? ErrorCode::kUnsupported : ErrorCode::kCorruptFile, name, ": ", what,
                 " has type ", type, ", expected 1, 2, 3, 4 or 6");
  }
  piece.type = static_cast<PieceType>(type);
  return piece;
}

// What the trainer and normaliser messages say, with the defaults of sentencepiece_model.proto.
struct Settings {
  std::uint64_t model_type = kModelTypeUnigram;
  bool byte_fallback = false;
  bool whitespace_as_suffix = false;
  std::int32_t bos_id = 1;
  std::int32_t eos_id = 2;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
  bool has_table = false;
};

Status read_trainer(std::string_view name, std::string_view message, Settings& settings) {
  const auto wire_of = [](std::uint32_t number) -> std::optional<std::uint32_t> {
    switch (number) {
      case kTrainerModelType:
      case kTrainerWhitespaceAsSuffix:
      case kTrainerByteFallback:
      case kTrainerBosId:
      case kTrainerEosId: return kVarint;
      default: return std::nullopt;
    }
  };
  const auto on_field = [&](const Field& field) {
    if (field.number == kTrainerModelType) settings.model_type = field.value;
    if (field.number == kTrainerWhitespaceAsSuffix) settings.whitespace_as_suffix = field.as_bool();
    if (field.number == kTrainerByteFallback) settings.byte_fallback = field.as_bool();
    if (field.number == kTrainerBosId) settings.bos_id = field.as_int32();
    if (field.number == kTrainerEosId) settings.eos_id = field.as_int32();
    return ok();
  };
  return for_each_field(name, "the trainer settings", message, wire_of, on_field);
}

Status read_normalizer(std::string_view name, std::string_view message, Settings& settings) {
  const auto wire_of = [](std::uint32_t number) -> std::optional<std::uint32_t> {
    switch (number) {
      case kNormalizerTable: return kBytes;
      case kNormalizerDummyPrefix:
      case kNormalizerRemoveExtra:
      case kNormalizerEscape: return kVarint;
      default: return std::nullopt;
    }
  };
  const auto on_field = [&](const Field& field) {
    if (field.number == kNormalizerTable) settings.has_table |= !field.as_bytes().empty();
    if (field.number == kNormalizerDummyPrefix) settings.add_dummy_prefix = field.as_bool();
    if (field.number == kNormalizerRemoveExtra) settings.remove_extra_whitespaces = field.as_bool();
    if (field.number == kNormalizerEscape) settings.escape_whitespaces = field.as_bool();
    return ok();
  };
  return for_each_field(name, "the normaliser settings", message, wire_of, on_field);
}

Status check_settings(std::string_view name, const Settings& settings) {
  if (settings.model_type != kModelTypeBpe) {
    return error(ErrorCode::kUnsupported, name, ": the model type is ", settings.model_type,
                 ", expected 2 (BPE)");
  }
  if (!settings.byte_fallback) {
    return error(ErrorCode::kUnsupported, name, ": the model has no byte fallback");
  }
  if (settings.has_table) {
    return error(ErrorCode::kUnsupported, name, ": the model normalises text by a table");
  }
  if (settings.remove_extra_whitespaces || !settings.escape_whitespaces ||
      settings.whitespace_as_suffix) {
    return error(ErrorCode::kUnsupported, name,
                 ": the model removes blanks, keeps them as they are, or puts them after words");
  }
  return ok();
}

std::int32_t control_or_none(const std::vector<Piece>& pieces, std::int32_t id) {
  const bool is_control = id >= 0 && static_cast<std::size_t>(id) < pieces.size() &&
                          pieces[static_cast<std::size_t>(id)].type == PieceType::kControl;
  return is_control ? id : -1;
}

}  // namespace

int byte_of_piece(std::string_view piece) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  const int high = digit(piece[3]);
  const int low = digit(piece[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

Status check_pieces(std::string_view name, const std::vector<Piece>& pieces) {
  if (pieces.size() > kMaxPieces) {
    return error(ErrorCode::kUnsupported, name, ": there are ", pieces.size(),
                 " pieces, expected at most ", kMaxPieces);
  }
  std::unordered_set<std::string_view> seen;
  seen.reserve(pieces.size());
  std::size_t bytes = 0;
  std::size_t unknown = 0;
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    const Piece& piece = pieces[id];
    if (piece.text.empty() || piece.text.size() > kMaxPieceBytes || !is_utf8(piece.text)) {
      return error(ErrorCode::kCorruptFile, name, ": piece ", id, " has ", piece.text.size(),
                   " bytes, expected 1 to ", kMaxPieceBytes, " bytes of UTF-8");
    }
    if (!seen.insert(piece.text).second) {
      return error(ErrorCode::kCorruptFile, name, ": piece ", id, " '", piece.text,
                   "' is there twice");
    }
    if (!std::isfinite(piece.score)) {
      return error(ErrorCode::kCorruptFile, name, ": the score of piece ", id, " is not a number");
    }
    if (piece.type == PieceType::kByte && byte_of_piece(piece.text) < 0) {
      return error(ErrorCode::kCorruptFile, name, ": byte piece ", id, " is '", piece.text,
                   "', expected <0x00> to <0xFF>");
    }
    bytes += piece.type == PieceType::kByte;
    unknown += piece.type == PieceType::kUnknown;
  }
  if (unknown != 1) {
    return error(ErrorCode::kCorruptFile, name, ": there are ", unknown,
                 " unknown pieces, expected 1");
  }
  if (bytes != 256) {
    return error(ErrorCode::kCorruptFile, name, ": there are ", bytes,
                 " byte pieces, expected all from <0x00> to <0xFF>");
  }
  return ok();
}

std::string write_model_proto(const ModelProto& model) {
  Writer all;
  for (const Piece& piece : model.pieces) {
    Writer message;
    message.bytes(kPieceText, piece.text);
    message.number(kPieceScore, piece.score);
    message.varint(kPieceType, static_cast<std::uint64_t>(piece.type));
    all.bytes(kModelPieces, message.take());
  }
  Writer trainer;
  trainer.varint(kTrainerModelType, kModelTypeBpe);
  trainer.varint(kTrainerVocabSize, model.pieces.size());
  trainer.varint(kTrainerByteFallback, 1);
  trainer.int32(kTrainerUnkId, model.unk_id);
  trainer.int32(kTrainerBosId, model.bos_id);
  trainer.int32(kTrainerEosId, model.eos_id);
  trainer.int32(kTrainerPadId, -1);
  const auto named = [&](std::uint32_t field, std::int32_t id) {
    if (id >= 0) trainer.bytes(field, model.pieces[static_cast<std::size_t>(id)].text);
  };
  named(kTrainerUnkPiece, model.unk_id);
  named(kTrainerBosPiece, model.bos_id);
  named(kTrainerEosPiece, model.eos_id);
  all.bytes(kModelTrainer, trainer.take());
  Writer normalizer;
  normalizer.bytes(kNormalizerName, "identity");
  normalizer.varint(kNormalizerDummyPrefix, model.add_dummy_prefix ? 1 : 0);
  normalizer.varint(kNormalizerRemoveExtra, 0);
  normalizer.varint(kNormalizerEscape, 1);
  all.bytes(kModelNormalizer, normalizer.take());
  return all.take();
}

Result<ModelProto> read_model_proto(std::string_view name, std::string_view bytes) {
  if (bytes.size() > kMaxModelBytes) {
    return error(ErrorCode::kUnsupported, name, ": the model has ", bytes.size(),
                 " bytes, expected at most ", kMaxModelBytes);
  }
  ModelProto model;
  Settings settings;
  const auto wire_of = [](std::uint32_t number) -> std::optional<std::uint32_t> {
    const bool known = number == kModelPieces || number == kModelTrainer ||
                       number == kModelNormalizer || number == kModelDenormalizer;
    return known ? std::optional<std::uint32_t>(kBytes) : std::nullopt;
  };
  const auto on_field = [&](const Field& field) -> Status {
    if (field.number == kModelTrainer) return read_trainer(name, field.as_bytes(), settings);
    if (field.number == kModelNormalizer) return read_normalizer(name, field.as_bytes(), settings);
    if (field.number == kModelDenormalizer) {
      Settings denormalizer;
      if (Status s = read_normalizer(name, field.as_bytes(), denormalizer); !s) return s;
      settings.has_table |= denormalizer.has_table;
      return ok();
    }
    if (model.pieces.size() == kMaxPieces) {
      return error(ErrorCode::kUnsupported, name, ": there are more than ", kMaxPieces, " pieces");
    }
    Result<Piece> piece = read_piece(name, model.pieces.size(), field.as_bytes());
    if (!piece) return std::move(piece).error();
    model.pieces.push_back(*std::move(piece));
    return ok();
  };
  if (Status s = for_each_field(name, "the model", bytes, wire_of, on_field); !s) {
    return std::move(s).error();
  }
  if (Status s = check_settings(name, settings); !s) return std::move(s).error();
  if (Status s = check_pieces(name, model.pieces); !s) return std::move(s).error();
  model.add_dummy_prefix = settings.add_dummy_prefix;
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].type == PieceType::kUnknown) model.unk_id = static_cast<std::int32_t>(id);
  }
  model.bos_id = control_or_none(model.pieces, settings.bos_id);
  model.eos_id = control_or_none(model.pieces, settings.eos_id);
  return model;
}

}  // namespace sotto::text
