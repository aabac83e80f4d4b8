#include "lib/format/pickle.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "lib/base/quote.h"
#include "lib/format/cursor.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;
using Kind = PickleValue::Kind;

constexpr std::string_view kOrderedDict = "collections OrderedDict";
constexpr int kNewestProtocol = 5;

// The opcodes by the names of pickletools; the comment is what follows in the program.
enum Op : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kNone = 'N',
  kBinInt = 'J',      // i32
  kBinInt1 = 'K',     // u8
  kBinInt2 = 'M',     // u16
  kBinFloat = 'G',    // f64, big-endian
  kBinUnicode = 'X',  // u32 length, text
  kBinPersId = 'Q',
  kReduce = 'R',
  kBuild = 'b',
  kGlobal = 'c',  // module, newline, name, newline
  kEmptyDict = '}',
  kSetItem = 's',
  kSetItems = 'u',
  kEmptyList = ']',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyTuple = ')',
  kTuple = 't',
  kBinGet = 'h',      // u8
  kLongBinGet = 'j',  // u32
  kBinPut = 'q',      // u8
  kLongBinPut = 'r',  // u32
  kProto = 0x80,      // u8
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8A,            // u8 length, two's complement
  kShortBinUnicode = 0x8C,  // u8 length, text
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,  // u64: how much a reader may buffer
};

class Machine {
 public:
  Machine(std::string_view file, std::span<const std::byte> bytes,
          std::span<const std::string_view> globals)
      : file_(file), globals_(globals), in_(file, bytes), most_memo_(bytes.size()) {}

  // The number of the result in values().
  Result<PickleId> run() {
    std::uint8_t op = 0;
    do {
      if (!in_.read(op)) return in_.truncated("the next instruction");
      if (Status done = step(op); !done) return std::move(done).error();
      if (values_.size() > Pickle::kMaxValues) {
        return error(ErrorCode::kUnsupported, file_, ": holds more than ", Pickle::kMaxValues,
                     " values");
      }
    } while (op != kStop);
    if (stack_.size() != 1) {
      return corrupt("leaves ", stack_.size(), " values, expected 1");
    }
    return stack_.back();
  }
  std::vector<PickleValue> take_values() { return std::move(values_); }

 private:
  template <typename... What>
  Error corrupt(const What&... what) const {
    return error(ErrorCode::kCorruptFile, file_, ": ", what..., " (before byte ", in_.position(),
                 ")");
  }

  Status step(std::uint8_t op) {
    switch (op) {
      case kProto: return protocol();
      case kFrame: return skip_number<std::uint64_t>();
      case kStop: return ok();
      case kMark: marks_.push_back(stack_.size()); return ok();
      case kNone: return push({Kind::kNone, {}});
      case kNewTrue: return push({Kind::kBool, std::int64_t{1}});
      case kNewFalse: return push({Kind::kBool, std::int64_t{0}});
      case kBinInt: return push_integer<std::int32_t>();
      case kBinInt1: return push_integer<std::uint8_t>();
      case kBinInt2: return push_integer<std::uint16_t>();
      case kLong1: return push_long();
      case kBinFloat: return push_real();
      case kBinUnicode: return push_text<std::uint32_t>();
      case kShortBinUnicode: return push_text<std::uint8_t>();
      case kEmptyTuple: return push({Kind::kTuple, Items{}});
      case kEmptyList: return push({Kind::kList, Items{}});
      case kEmptyDict: return push({Kind::kDict, Items{}});
      case kTuple1: return wrap(Kind::kTuple, 1);
      case kTuple2: return wrap(Kind::kTuple, 2);
      case kTuple3: return wrap(Kind::kTuple, 3);
      case kTuple: return wrap_marked();
      case kBinPersId: return wrap(Kind::kPersistent, 1);
      case kAppend: return extend(Kind::kList, 1);
      case kSetItem: return extend(Kind::kDict, 2);
      case kAppends: return extend_marked(Kind::kList);
      case kSetItems: return extend_marked(Kind::kDict);
      case kGlobal: return read_global();
      case kStackGlobal: return stack_global();
      case kReduce: return reduce();
      case kBuild: return build();
      case kBinGet: return recall<std::uint8_t>();
      case kLongBinGet: return recall<std::uint32_t>();
      case kBinPut: return remember_at<std::uint8_t>();
      case kLongBinPut: return remember_at<std::uint32_t>();
      case kMemoize: return remember(memo_.size());
      default:
        return error(ErrorCode::kUnsupported, file_, ": has the pickle instruction ",
                     static_cast<int>(op), " at byte ", in_.position() - 1,
                     ", which a checkpoint of tensors does not need");
    }
  }

  using Items = std::vector<PickleId>;

  Status push(PickleValue value) {
    stack_.push_back(static_cast<PickleId>(values_.size()));
    values_.push_back(std::move(value));
    return ok();
  }

  Status protocol() {
    std::uint8_t version = 0;
    if (!in_.read(version)) return in_.truncated("the protocol");
    if (version > kNewestProtocol) {
      return error(ErrorCode::kUnsupported, file_, ": pickle protocol is ", int{version},
                   ", expected at most ", kNewestProtocol);
    }
    return ok();
  }

  template <typename T>
  Status skip_number() {
    T ignored;
    if (!in_.read(ignored)) return in_.truncated("a number");
    return ok();
  }

  template <typename T>
  Status push_integer() {
    T value;
    if (!in_.read(value)) return in_.truncated("an integer");
    return push({Kind::kInteger, static_cast<std::int64_t>(value)});
  }

  Status push_long() {
    std::uint8_t size = 0;
    std::span<const std::byte> bytes;
    if (!in_.read(size) || !in_.take(size, bytes)) return in_.truncated("a long integer");
    if (size > sizeof(std::int64_t)) {
      return corrupt("an integer has ", int{size}, " bytes, expected at most 8");
    }
    const bool negative = size > 0 && (bytes.back() & std::byte{0x80}) != std::byte{0};
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return push({Kind::kInteger, static_cast<std::int64_t>(value)});
  }

  Status push_real() {
    std::span<const std::byte> bytes;
    if (!in_.take(sizeof(double), bytes)) return in_.truncated("a real number");
    std::uint64_t bits = 0;
    for (const std::byte b : bytes) bits = bits << 8 | std::to_integer<std::uint64_t>(b);
    return push({Kind::kReal, std::bit_cast<double>(bits)});
  }

  template <typename Length>
  Status push_text() {
    Length length = 0;
    std::string_view text;
    if (!in_.read(length) || !in_.take(length, text)) return in_.truncated("a text");
    return push({Kind::kText, text});
  }

  // How many values lie above the last mark, which goes.
  Result<std::size_t> above_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) return corrupt("a mark is missing");
    const std::size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  // The topmost `count` values leave the stack. None may be taken from below a mark.
  Result<Items> pop(std::size_t count) {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() < floor || stack_.size() - floor < count) {
      return corrupt("the stack has too few values");
    }
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    Items items(first, stack_.end());
    stack_.erase(first, stack_.end());
    return items;
  }

  Status wrap(Kind kind, std::size_t count) {
    Result<Items> items = pop(count);
    if (!items) return std::move(items).error();
    return push({kind, *std::move(items)});
  }

  Status wrap_marked() {
    const Result<std::size_t> count = above_mark();
    return count ? wrap(Kind::kTuple, *count) : Status(count.error());
  }

  // The topmost `count` values go into the list or dict below them.
  Status extend(Kind kind, std::size_t count) {
    const Result<Items> added = pop(count);
    if (!added) return added.error();
    if (stack_.empty() || values_[stack_.back()].kind != kind) {
      return corrupt("values are added to what is no ", kind == Kind::kList ? "list" : "dict");
    }
    if (kind == Kind::kDict && count % 2 != 0) return corrupt("a key of a dict has no value");
    Items& items = std::get<Items>(values_[stack_.back()].content);
    items.insert(items.end(), added->begin(), added->end());
    return ok();
  }

  Status extend_marked(Kind kind) {
    const Result<std::size_t> count = above_mark();
    return count ? extend(kind, *count) : Status(count.error());
  }

  bool read_line(std::string_view& line) {
    const Cursor start = in_;
    std::size_t length = 0;
    for (char c = 0; in_.read(c) && c != '\n';) ++length;
    const bool ended = in_.position() == start.position() + length + 1;
    Cursor again = start;
    return ended && again.take(length, line);
  }

  Status read_global() {
    std::string_view module, name;
    if (!read_line(module) || !read_line(name)) return in_.truncated("the name of a global");
    return push_global(module, name);
  }

  Status stack_global() {
    const Result<Items> names = pop(2);
    if (!names) return names.error();
    return push_global(values_[(*names)[0]].text(), values_[(*names)[1]].text());
  }

  // The name is not in the file as one text, so the one in the list of the allowed is kept.
  Status push_global(std::string_view module, std::string_view name) {
    const auto is_it = [&](std::string_view known) {
      return known.size() == module.size() + 1 + name.size() && known.starts_with(module) &&
             known[module.size()] == ' ' && known.ends_with(name);
    };
    if (is_it(kOrderedDict)) return push({Kind::kGlobal, kOrderedDict});
    const auto known = std::ranges::find_if(globals_, is_it);
    if (known == globals_.end()) {
      return error(ErrorCode::kUnsupported, file_, ": asks for ",
                   quote(base::concat(module.substr(0, 64), ".", name.substr(0, 64)), 129),
                   ", which a checkpoint of tensors does not need");
    }
    return push({Kind::kGlobal, *known});
  }

  Status reduce() {
    Result<Items> items = pop(2);
    if (!items) return std::move(items).error();
    const PickleValue& callable = values_[(*items)[0]];
    const PickleValue& arguments = values_[(*items)[1]];
    if (callable.kind != Kind::kGlobal || arguments.kind != Kind::kTuple) {
      return corrupt("a call is not of a name with a tuple");
    }
    if (callable.text() != kOrderedDict) return push({Kind::kCall, *std::move(items)});
    if (!arguments.items().empty()) return corrupt("an OrderedDict is made with arguments");
    return push({Kind::kDict, Items{}});
  }

  // Sets attributes: a state dict's "_metadata". They are dropped.
  Status build() {
    const Result<Items> state = pop(1);
    if (!state) return state.error();
    if (stack_.empty() || values_[stack_.back()].kind != Kind::kDict) {
      return corrupt("attributes are set of what is no dict");
    }
    return ok();
  }

  template <typename Index>
  Status recall() {
    Index index = 0;
    if (!in_.read(index)) return in_.truncated("a place in the memo");
    if (index >= memo_.size() || memo_[index] == kNothing) {
      return corrupt("place ", std::uint64_t{index}, " of the memo is empty");
    }
    stack_.push_back(memo_[index]);
    return ok();
  }

  template <typename Index>
  Status remember_at() {
    Index index = 0;
    if (!in_.read(index)) return in_.truncated("a place in the memo");
    return remember(index);
  }

  // A pickler numbers the places from 0, so there are fewer than bytes.
  Status remember(std::size_t index) {
    if (stack_.empty()) return corrupt("the stack has too few values");
    if (index >= most_memo_) {
      return corrupt("place ", index, " of the memo is beyond the size of the pickle");
    }
    if (index >= memo_.size()) memo_.resize(index + 1, kNothing);
    memo_[index] = stack_.back();
    return ok();
  }

  static constexpr PickleId kNothing = ~PickleId{0};

  std::string_view file_;
  std::span<const std::string_view> globals_;
  Cursor in_;
  std::size_t most_memo_;
  std::vector<PickleValue> values_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;  // the height of the stack at each
  std::vector<PickleId> memo_;
};

}  // namespace

Result<Pickle> Pickle::parse(std::string_view file, std::span<const std::byte> bytes,
                             std::span<const std::string_view> globals) {
  if (bytes.size() > kMaxBytes) {
    return error(ErrorCode::kUnsupported, file, ": a pickle of ", bytes.size(),
                 " bytes, expected at most ", kMaxBytes);
  }
  Machine machine(file, bytes, globals);
  const Result<PickleId> root = machine.run();
  if (!root) return root.error();
  Pickle pickle;
  pickle.root_ = *root;
  pickle.values_ = machine.take_values();
  return Result<Pickle>(std::move(pickle));
}

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const noexcept {
  if (dict.kind != Kind::kDict) return nullptr;
  const std::span<const PickleId> items = dict.items();
  for (std::size_t i = items.size(); i >= 2; i -= 2) {
    const PickleValue& found = values_[items[i - 2]];
    if (found.kind == Kind::kText && found.text() == key) return &values_[items[i - 1]];
  }
  return nullptr;
}

}  // namespace sotto::format
