#include "lib/text/tokenizer_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/text/json_text.h"
#include "lib/text/model_proto.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

using nlohmann::json;

// A value of the file as a message shows it, cut where it is long.
std::string shown(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  if (text.size() <= kMaxBytes) return base::concat("'", text, "'");
  const std::string_view head = text.substr(0, kMaxBytes);
  return base::concat("'", head.substr(0, valid_utf8_prefix(head)), "...'");
}

std::string shown(const std::string& text) { return shown(std::string_view(text)); }

// The value itself where it is a word or a number, else its kind.
std::string shown(const json& value) {
  if (const auto* text = value.get_ptr<const json::string_t*>()) return shown(*text);
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return value.dump();
  if (value.is_array()) return base::concat("an array of ", value.size());
  return value.is_null() ? "null" : "an object";
}

// Strings may be looked up by views of them.
struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

class Maker {
 public:
  Maker(const json& root, std::string name) : root_(root), name_(std::move(name)) {}

  Result<std::string> make() {
    for (const auto step :
         {&Maker::check_root, &Maker::read_vocab, &Maker::read_added_tokens, &Maker::read_unknown,
          &Maker::read_normalizer, &Maker::check_decoder, &Maker::read_post_processor,
          &Maker::type_pieces, &Maker::read_merges, &Maker::check_merges_cover}) {
      if (Status status = (this->*step)(); !status) return std::move(status).error();
    }
    if (Status s = check_pieces(name_, model_.pieces); !s) return std::move(s).error();
    return write_model_proto(model_);
  }

 private:
  template <typename... Parts>
  Error unsupported(const Parts&... parts) const {
    return base::error(ErrorCode::kUnsupported, name_, ": ", parts...);
  }
  template <typename... Parts>
  Error corrupt(const Parts&... parts) const {
    return base::error(ErrorCode::kCorruptFile, name_, ": ", parts...);
  }

  // `object`, called `what` in messages, must be an object without keys other than these: one that
  // is not known may change what the tokenizer does.
  Status only_keys(const json& object, std::string_view what,
                   std::initializer_list<std::string_view> keys) const {
    if (!object.is_object()) return corrupt(what, " is ", shown(object), ", expected an object");
    for (const auto& [key, value] : object.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        return unsupported(what, " has ", shown(key), ", which is not known");
      }
    }
    return ok();
  }

  // The value of `key`, null where there is none.
  static const json& at(const json& object, std::string_view key) {
    static const json kNull;
    const auto found = object.find(key);
    return found == object.end() ? kNull : *found;
  }
  static bool is_text(const json& value, std::string_view text) {
    const auto* held = value.get_ptr<const json::string_t*>();
    return held != nullptr && *held == text;
  }
  static bool is_false_or_null(const json& value) {
    return value.is_null() || (value.is_boolean() && !value.get<bool>());
  }
  static std::optional<std::size_t> as_id(const json& value) {
    const auto* number = value.get_ptr<const json::number_unsigned_t*>();
    if (number == nullptr || *number >= kMaxPieces) return std::nullopt;
    return static_cast<std::size_t>(*number);
  }

  // truncation and padding are settings of one caller; `transformers` replaces them in every call.
  Status check_root() {
    if (Status s = only_keys(root_, "the file",
                             {"version", "truncation", "padding", "added_tokens", "normalizer",
                              "pre_tokenizer", "post_processor", "decoder", "model"});
        !s) {
      return s;
    }
    if (const json& version = at(root_, "version");
        !version.is_null() && !is_text(version, "1.0")) {
      return unsupported("version is ", shown(version), ", expected '1.0'");
    }
    if (const json& pre = at(root_, "pre_tokenizer"); !pre.is_null()) {
      const json& type = pre.is_object() ? at(pre, "type") : pre;
      return unsupported("pre_tokenizer is ", shown(type), ", expected null");
    }
    const json& model = at(root_, "model");
    if (!model.is_object()) return corrupt("model is ", shown(model), ", expected an object");
    if (const json& type = at(model, "type"); !is_text(type, "BPE")) {
      return unsupported("model.type is ", shown(type), ", expected 'BPE'");
    }
    if (Status s = only_keys(
            model, "model",
            {"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
             "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"});
        !s) {
      return s;
    }
    if (const json& dropout = at(model, "dropout");
        !dropout.is_null() && !(dropout.is_number() && dropout.get<double>() == 0)) {
      return unsupported("model.dropout is ", shown(dropout), ", expected null");
    }
    for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (const json& affix = at(model, key); !affix.is_null() && !is_text(affix, "")) {
        return unsupported("model.", key, " is ", shown(affix), ", expected null");
      }
    }
    if (const json& fallback = at(model, "byte_fallback");
        !fallback.is_boolean() || !fallback.get<bool>()) {
      return unsupported("model.byte_fallback is ", shown(fallback), ", expected true");
    }
    if (const json& ignore = at(model, "ignore_merges"); !is_false_or_null(ignore)) {
      return unsupported("model.ignore_merges is ", shown(ignore), ", expected false");
    }
    return ok();
  }

  // Places `text` at `id`; the pieces grow as far as needed, so holes show as empty pieces.
  Status place(std::string_view text, std::size_t id) {
    if (text.empty() || text.size() > kMaxPieceBytes) {
      return unsupported("the piece of id ", id, " has ", text.size(), " bytes, expected 1 to ",
                         kMaxPieceBytes);
    }
    const std::size_t most = at(root_["model"], "vocab").size() + at(root_, "added_tokens").size();
    if (id >= most) {
      return corrupt("the id of ", shown(text), " is ", id, ", but there are at most ", most,
                     " pieces");
    }
    if (id >= model_.pieces.size()) model_.pieces.resize(id + 1);
    Piece& piece = model_.pieces[id];
    if (!piece.text.empty()) {
      return corrupt("id ", id, " is both ", shown(piece.text), " and ", shown(text));
    }
    piece.text = text;
    ids_.emplace(text, id);
    return ok();
  }

  Status check_no_holes(std::string_view what) const {
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      if (model_.pieces[id].text.empty()) {
        return corrupt(what, " has no piece of id ", id, ", but one of id ",
                       model_.pieces.size() - 1);
      }
    }
    return ok();
  }

  Status read_vocab() {
    const json& vocab = at(root_["model"], "vocab");
    if (!vocab.is_object()) return corrupt("model.vocab is ", shown(vocab), ", expected an object");
    for (const auto& [text, value] : vocab.items()) {
      const std::optional<std::size_t> id = as_id(value);
      if (!id) {
        return corrupt("the id of ", shown(text), " is ", shown(value), ", expected 0 to ",
                       kMaxPieces - 1);
      }
      if (Status s = place(text, *id); !s) return s;
    }
    // Added tokens go behind the vocabulary, so it must be whole by itself.
    return check_no_holes("model.vocab");
  }

  Status read_added_tokens() {
    const json& tokens = at(root_, "added_tokens");
    if (tokens.is_null()) return ok();
    if (!tokens.is_array())
      return corrupt("added_tokens is ", shown(tokens), ", expected an array");
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (Status s = read_added_token(tokens[i], base::concat("added_tokens[", i, "]")); !s)
        return s;
    }
    return check_no_holes("the vocabulary with added_tokens");
  }

  Status read_added_token(const json& token, const std::string& what) {
    if (Status s = only_keys(
            token, what,
            {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"});
        !s) {
      return s;
    }
    const std::optional<std::size_t> id = as_id(at(token, "id"));
    const auto* content = at(token, "content").get_ptr<const json::string_t*>();
    const json& special = at(token, "special");
    if (!id || content == nullptr || !special.is_boolean()) {
      return corrupt(what, " has id ", shown(at(token, "id")), ", content ",
                     shown(at(token, "content")), " and special ", shown(special),
                     ", expected a number, a string and true or false");
    }
    for (const std::string_view key : {"single_word", "lstrip", "rstrip", "normalized"}) {
      if (!is_false_or_null(at(token, key))) {
        return unsupported(what, ".", key, " of ", shown(*content), " is ", shown(at(token, key)),
                           ", expected false");
      }
    }
    if (const auto known = ids_.find(*content); known == ids_.end()) {
      if (Status s = place(*content, *id); !s) return s;
    } else if (known->second != *id) {
      return corrupt(what, " gives ", shown(*content), " the id ", *id, ", but it has ",
                     known->second);
    }
    if (!added_.emplace(*id, special.get<bool>()).second) {
      return corrupt(what, " is ", shown(*content), ", which was there before");
    }
    return ok();
  }

  Status read_unknown() {
    const json& unknown = at(root_["model"], "unk_token");
    const auto* text = unknown.get_ptr<const json::string_t*>();
    const auto id = text == nullptr ? ids_.end() : ids_.find(*text);
    if (id == ids_.end()) {
      return unsupported("model.unk_token is ", shown(unknown),
                         ", expected a piece of the vocabulary");
    }
    const auto added = added_.find(id->second);
    if (added == added_.end() || !added->second) {
      return unsupported("model.unk_token ", shown(*text),
                         " is not among the special added_tokens");
    }
    model_.unk_id = static_cast<std::int32_t>(id->second);
    return ok();
  }

  // The elements of a Sequence under `list`; one element stands for itself; null is none.
  Result<std::vector<const json*>> sequence(std::string_view what, std::string_view list) const {
    std::vector<const json*> elements;
    const json& value = at(root_, what);
    if (value.is_null()) return elements;
    if (!value.is_object()) return corrupt(what, " is ", shown(value), ", expected an object");
    if (!is_text(at(value, "type"), "Sequence")) {
      elements.push_back(&value);
      return elements;
    }
    if (Status s = only_keys(value, what, {"type", list}); !s) return std::move(s).error();
    const json& held = at(value, list);
    if (!held.is_array()) {
      return corrupt(what, ".", list, " is ", shown(held), ", expected an array");
    }
    for (const json& element : held) {
      if (!element.is_object()) {
        return corrupt(what, ".", list, " holds ", shown(element), ", expected objects");
      }
      elements.push_back(&element);
    }
    return elements;
  }

  // A step that replaces `from` by `to` in the text.
  bool is_replace(const json& step, std::string_view from, std::string_view to) const {
    const json& pattern = at(step, "pattern");
    return step.size() == 3 && is_text(at(step, "type"), "Replace") && pattern.is_object() &&
           pattern.size() == 1 && is_text(at(pattern, "String"), from) &&
           is_text(at(step, "content"), to);
  }

  Error unexpected_step(std::string_view what, std::size_t index, const json* step,
                        std::string_view expected) const {
    return unsupported("step ", index, " of ", what, " is ",
                       step == nullptr ? "missing" : shown(at(*step, "type")), ", expected ",
                       expected);
  }

  Status read_normalizer() {
    Result<std::vector<const json*>> steps = sequence("normalizer", "normalizers");
    if (!steps) return std::move(steps).error();
    std::size_t next = 0;
    const auto step = [&] { return next < steps->size() ? (*steps)[next] : nullptr; };
    model_.add_dummy_prefix = step() != nullptr && is_text(at(*step(), "type"), "Prepend");
    if (model_.add_dummy_prefix) {
      if (step()->size() != 2 || !is_text(at(*step(), "prepend"), kSpaceSymbol)) {
        return unsupported("the normalizer prepends ", shown(at(*step(), "prepend")),
                           ", expected U+2581 alone");
      }
      ++next;
    }
    if (step() == nullptr || !is_replace(*step(), " ", kSpaceSymbol)) {
      return unexpected_step("normalizer", next, step(), "a Replace of ' ' by U+2581");
    }
    if (++next; step() != nullptr) return unexpected_step("normalizer", next, step(), "no more");
    return ok();
  }

  Status check_decoder() {
    Result<std::vector<const json*>> steps = sequence("decoder", "decoders");
    if (!steps) return std::move(steps).error();
    std::size_t next = 0;
    const auto step = [&] { return next < steps->size() ? (*steps)[next] : nullptr; };
    if (step() == nullptr || !is_replace(*step(), kSpaceSymbol, " ")) {
      return unexpected_step("decoder", next, step(), "a Replace of U+2581 by ' '");
    }
    for (const std::string_view type : {"ByteFallback", "Fuse"}) {
      ++next;
      if (step() == nullptr || step()->size() != 1 || !is_text(at(*step(), "type"), type)) {
        return unexpected_step("decoder", next, step(), type);
      }
    }
    ++next;
    const bool strips = step() != nullptr && is_text(at(*step(), "type"), "Strip");
    if (strips != model_.add_dummy_prefix) {
      return unexpected_step("decoder", next, step(),
                             strips ? "no Strip, since the normalizer prepends nothing"
                                    : "Strip, since the normalizer prepends a blank");
    }
    if (strips) {
      if (step()->size() != 4 || !is_text(at(*step(), "content"), " ") ||
          as_id(at(*step(), "start")) != std::size_t{1} ||
          as_id(at(*step(), "stop")) != std::size_t{0}) {
        return unsupported("the decoder strips ", shown(at(*step(), "content")), ", ",
                           shown(at(*step(), "start")), " before and ", shown(at(*step(), "stop")),
                           " after the text, expected ' ', 1 and 0");
      }
      ++next;
    }
    if (step() != nullptr) return unexpected_step("decoder", next, step(), "no more");
    return ok();
  }

  // What a post-processor adds is not part of a text's ids here; it only names <s>.
  Status read_post_processor() {
    const json& post = at(root_, "post_processor");
    const auto control = [&](const std::string& text) {
      const auto id = ids_.find(text);
      if (id == ids_.end()) return -1;
      const auto added = added_.find(id->second);
      const bool special = added != added_.end() && added->second;
      return special ? static_cast<std::int32_t>(id->second) : -1;
    };
    model_.bos_id = control("<s>");
    model_.eos_id = control("</s>");
    if (post.is_null()) return ok();
    const json& type = post.is_object() ? at(post, "type") : post;
    if (!is_text(type, "TemplateProcessing")) {
      return unsupported("post_processor is ", shown(type),
                         ", expected 'TemplateProcessing' or null");
    }
    const json& single = at(post, "single");
    if (!single.is_array() || single.empty() || !single[0].is_object()) {
      return corrupt("post_processor.single is ", shown(single), ", expected an array of objects");
    }
    const json& first = at(single[0], "SpecialToken");
    if (!first.is_object()) return ok();
    const auto* text = at(first, "id").get_ptr<const json::string_t*>();
    model_.bos_id = text == nullptr ? -1 : control(*text);
    if (model_.bos_id < 0) {
      return corrupt("post_processor begins with ", shown(at(first, "id")),
                     ", which is not among the special added_tokens");
    }
    return ok();
  }

  // What the decoder takes for a byte: it asks for any two characters that read as a hexadecimal
  // number, and so takes some pieces that are not bytes for the encoder.
  static bool decodes_as_byte(std::string_view text) {
    return text.size() == 6 && text.starts_with("<0x") && text[5] == '>';
  }

  Status type_pieces() {
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      Piece& piece = model_.pieces[id];
      const auto added = added_.find(id);
      if (decodes_as_byte(piece.text)) {
        if (added != added_.end() || byte_of_piece(piece.text) < 0) {
          return unsupported("piece ", id, " ", shown(piece.text),
                             " would decode as a byte, but is none of <0x00> to <0xFF>");
        }
        piece.type = PieceType::kByte;
      } else if (static_cast<std::int32_t>(id) == model_.unk_id) {
        piece.type = PieceType::kUnknown;
      } else if (added != added_.end()) {
        piece.type = added->second ? PieceType::kControl : PieceType::kUserDefined;
      }
    }
    return ok();
  }

  // The two parts of a merge, which is "a b" or ["a", "b"].
  static std::optional<std::pair<std::string_view, std::string_view>> parts_of(const json& merge) {
    if (const auto* text = merge.get_ptr<const json::string_t*>()) {
      const std::string_view view = *text;
      const std::size_t blank = view.find(' ');
      if (blank == std::string_view::npos || view.find(' ', blank + 1) != std::string_view::npos) {
        return std::nullopt;
      }
      return std::pair(view.substr(0, blank), view.substr(blank + 1));
    }
    if (!merge.is_array() || merge.size() != 2) return std::nullopt;
    const auto* left = merge[0].get_ptr<const json::string_t*>();
    const auto* right = merge[1].get_ptr<const json::string_t*>();
    if (left == nullptr || right == nullptr) return std::nullopt;
    return std::pair<std::string_view, std::string_view>(*left, *right);
  }

  std::optional<std::size_t> normal_id(std::string_view text) const {
    const auto id = ids_.find(text);
    if (id == ids_.end() || model_.pieces[id->second].type != PieceType::kNormal)
      return std::nullopt;
    return id->second;
  }
  // Ids are below 2^20.
  static std::uint64_t pair_key(std::size_t left, std::size_t right) {
    return std::uint64_t{left} << 32 | right;
  }

  // `tokenizers` merges the pair of the lowest rank, its place in the list; SentencePiece the pair
  // that makes the piece of the highest score. They agree where all pairs that make a piece stand
  // together in the list: then minus the first of their ranks is the score. One difference is left:
  // among places that would make the same piece of different parts, `tokenizers` goes by rank and
  // SentencePiece from the left. It shows only where two such places share a part, as in a run of
  // one character; there the merges of single characters, from the left in both, keep the longer
  // part first. tests/text compares such runs.
  Status read_merges() {
    const json& merges = at(root_["model"], "merges");
    if (!merges.is_array()) {
      return corrupt("model.merges is ", shown(merges), ", expected an array");
    }
    std::vector<bool> made(model_.pieces.size());
    std::optional<std::size_t> last;
    std::string text;
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      const std::string what = base::concat("merge ", rank);
      const auto parts = parts_of(merges[rank]);
      if (!parts) return corrupt(what, " is ", shown(merges[rank]), ", expected two pieces");
      text.assign(parts->first).append(parts->second);
      const std::optional<std::size_t> left = normal_id(parts->first);
      const std::optional<std::size_t> right = normal_id(parts->second);
      const std::optional<std::size_t> whole = normal_id(text);
      if (!left || !right || !whole) {
        const std::string_view bad = !left ? parts->first : !right ? parts->second : text;
        return corrupt(what, " needs ", shown(bad),
                       ", which is not a plain piece of the vocabulary");
      }
      if (!merges_.insert(pair_key(*left, *right)).second) {
        return corrupt(what, " ", shown(parts->first), " ", shown(parts->second),
                       " is there twice");
      }
      if (last != whole) {
        if (made[*whole]) {
          return unsupported(what, " makes ", shown(text),
                             " as an earlier one does, with other merges between them");
        }
        made[*whole] = true;
        model_.pieces[*whole].score = -static_cast<float>(rank);
      }
      last = whole;
    }
    made_ = std::move(made);
    return ok();
  }

  // SentencePiece joins any two pieces that make a piece, so there must be a merge for each such
  // pair, and for every piece of more than one character.
  Status check_merges_cover() {
    for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
      const Piece& piece = model_.pieces[id];
      if (piece.type != PieceType::kNormal) continue;
      const std::string_view text = piece.text;
      const std::size_t first = utf8_length(text.front());
      if (first < text.size() && !made_[id]) {
        return unsupported("no merge makes piece ", id, " ", shown(text));
      }
      for (std::size_t cut = first; cut < text.size(); cut += utf8_length(text[cut])) {
        const std::optional<std::size_t> left = normal_id(text.substr(0, cut));
        const std::optional<std::size_t> right = normal_id(text.substr(cut));
        if (left && right && !merges_.contains(pair_key(*left, *right))) {
          return unsupported("no merge makes piece ", id, " ", shown(text), " of ",
                             shown(text.substr(0, cut)), " and ", shown(text.substr(cut)),
                             ", which SentencePiece would join");
        }
      }
    }
    return ok();
  }

  const json& root_;
  const std::string name_;
  ModelProto model_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> ids_;
  std::unordered_map<std::size_t, bool> added_;  // id, special
  std::unordered_set<std::uint64_t> merges_;     // pair_key
  std::vector<bool> made_;                       // by id: some merge makes it
};

}  // namespace

Result<std::string> sentencepiece_from_tokenizer_json(std::string_view text, std::string name) {
  const Result<json> root = parse_json(text, name);
  if (!root) return root.error();
  return Maker(*root, std::move(name)).make();
}

}  // namespace sotto::text
