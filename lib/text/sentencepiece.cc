#include "lib/text/sentencepiece.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <utility>

#include "lib/base/error.h"
#include "lib/text/model_proto.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

using base::error;

constexpr std::string_view kName = "SentencePiece model";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

// Finds the pieces that are taken from a text before the rest of it is encoded.
class Specials {
 public:
  void add(std::string_view text, std::int32_t id) {
    ids_.emplace(text, id);
    starts_[static_cast<unsigned char>(text.front())] = true;
    const auto at =
        std::lower_bound(lengths_.begin(), lengths_.end(), text.size(), std::greater<>());
    if (at == lengths_.end() || *at != text.size()) lengths_.insert(at, text.size());
  }

  struct Match {
    std::size_t bytes = 0;  // 0: none
    std::int32_t id = 0;
  };
  // The longest that `text` begins with.
  Match at_start_of(std::string_view text) const {
    if (!starts_[static_cast<unsigned char>(text.front())]) return {};
    for (const std::size_t length : lengths_) {
      if (length > text.size()) continue;
      const auto found = ids_.find(text.substr(0, length));
      if (found != ids_.end()) return {length, found->second};
    }
    return {};
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> ids_;
  std::array<bool, 256> starts_{};
  std::vector<std::size_t> lengths_;  // longest first; at most kMaxPieceBytes of them
};

// `piece` with U+2581 as blanks.
void append_unescaped(std::string_view piece, std::string& out) {
  for (std::size_t at = 0; at < piece.size();) {
    if (piece.substr(at).starts_with(kSpaceSymbol)) {
      out += ' ';
      at += kSpaceSymbol.size();
    } else {
      out += piece[at++];
    }
  }
}

// Appends a run of byte pieces and empties it.
void flush_bytes(std::string& bytes, std::string& out) {
  if (is_utf8(bytes)) {
    out += bytes;
  } else {
    for (std::size_t i = 0; i < bytes.size(); ++i) out += kReplacement;
  }
  bytes.clear();
}

}  // namespace

struct SentencePiece::Impl {
  sentencepiece::SentencePieceProcessor processor;
  std::vector<PieceType> types;  // by id; the processor holds the texts
  Specials specials;
  bool add_dummy_prefix = true;
};

SentencePiece::SentencePiece(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
SentencePiece::SentencePiece(SentencePiece&&) noexcept = default;
SentencePiece& SentencePiece::operator=(SentencePiece&&) noexcept = default;
SentencePiece::~SentencePiece() = default;

Result<SentencePiece> SentencePiece::load(std::string_view serialized_model_proto) {
  Result<ModelProto> model = read_model_proto(kName, serialized_model_proto);
  if (!model) return std::move(model).error();
  auto impl = std::make_unique<Impl>();
  impl->add_dummy_prefix = model->add_dummy_prefix;
  impl->types.reserve(model->pieces.size());
  for (std::size_t id = 0; id < model->pieces.size(); ++id) {
    Piece& piece = model->pieces[id];
    impl->types.push_back(piece.type);
    if (piece.type == PieceType::kNormal || piece.type == PieceType::kByte) continue;
    impl->specials.add(piece.text, static_cast<std::int32_t>(id));
    // The library would look for these after blanks have become U+2581, and put no blank after one.
    // encode() finds them first, so the library need not know of them.
    if (piece.type == PieceType::kUserDefined) piece.type = PieceType::kControl;
  }
  const auto status = impl->processor.LoadFromSerializedProto(write_model_proto(*model));
  if (!status.ok()) {
    return error(ErrorCode::kCorruptFile, kName,
                 ": the library refuses it: ", status.error_message());
  }
  return SentencePiece(std::move(impl));
}

std::size_t SentencePiece::size() const { return impl_->types.size(); }

Result<std::vector<std::int32_t>> SentencePiece::encode(std::string_view text) const {
  if (text.size() > kMaxTextBytes) {
    return error(ErrorCode::kInvalidArgument, "text to encode has ", text.size(),
                 " bytes, expected at most ", kMaxTextBytes);
  }
  if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
    return error(ErrorCode::kInvalidArgument, "text to encode is not UTF-8 at byte ", valid);
  }
  std::vector<std::int32_t> ids;
  std::vector<int> part;
  std::size_t begin = 0;  // of the stretch that no special piece has ended yet
  std::size_t at = 0;
  while (true) {
    const Specials::Match match =
        at < text.size() ? impl_->specials.at_start_of(text.substr(at)) : Specials::Match{};
    if (at < text.size() && match.bytes == 0) {
      ++at;
      continue;
    }
    if (begin < at) {
      const auto status = impl_->processor.Encode(text.substr(begin, at - begin), &part);
      if (!status.ok()) return error(ErrorCode::kInternal, kName, ": ", status.error_message());
      ids.insert(ids.end(), part.begin(), part.end());
    }
    if (at == text.size()) return ids;
    ids.push_back(match.id);
    at += match.bytes;
    begin = at;
  }
}

// The library's own Decode() is not used: it gives U+FFFD for the bad bytes of a run alone, text
// for an unknown piece, and takes the blank off the first piece only.
Result<std::string> SentencePiece::decode(std::span<const std::int32_t> ids) const {
  std::string text;
  std::string bytes;  // of the run of byte pieces that has not ended yet
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || static_cast<std::size_t>(ids[i]) >= size()) {
      return error(ErrorCode::kInvalidArgument, "id ", i, " to decode is ", ids[i],
                   ", expected 0 to ", size() - 1);
    }
    const PieceType type = impl_->types[static_cast<std::size_t>(ids[i])];
    if (type == PieceType::kControl || type == PieceType::kUnknown) continue;
    const std::string& piece = impl_->processor.IdToPiece(ids[i]);
    if (type == PieceType::kByte) {
      bytes += static_cast<char>(byte_of_piece(piece));
      continue;
    }
    flush_bytes(bytes, text);
    append_unescaped(piece, text);
  }
  flush_bytes(bytes, text);
  if (impl_->add_dummy_prefix && text.starts_with(' ')) text.erase(0, 1);
  return text;
}

}  // namespace sotto::text
