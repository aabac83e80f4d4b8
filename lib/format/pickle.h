// Python pickles, as far as a checkpoint of tensors needs them. A pickle is a program for a stack
// machine; this one builds plain values and executes nothing: a call stays a value, of the name of
// what was to be called and the arguments.
//
// Knows the opcodes that Python's pickler writes for None, booleans, integers, floats, text,
// tuples, lists, dicts, calls and persistent ids (cpython, Lib/pickletools.py). Any other is an
// error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/error.h"

namespace sotto::format {

// Values are numbered; those inside another are given by number, so that a value may be in several
// places, or inside itself, as in Python.
using PickleId = std::uint32_t;

struct PickleValue {
  enum class Kind : std::uint8_t {
    kNone,
    kBool,        // integer: 0 or 1
    kInteger,     // integer
    kReal,        // real
    kText,        // text
    kGlobal,      // text: "module name"
    kTuple,       // items
    kList,        // items
    kDict,        // items: key, value, key, value...; also a collections.OrderedDict
    kCall,        // items: what is called, a tuple of arguments
    kPersistent,  // items: the id, of which only the writer knows what it stands for
  };

  Kind kind = Kind::kNone;
  std::variant<std::int64_t, double, std::string_view, std::vector<PickleId>> content = {};

  std::int64_t integer() const { return get<std::int64_t>(); }
  double real() const { return get<double>(); }
  // Empty where the value is neither text nor a global.
  std::string_view text() const { return get<std::string_view>(); }
  // Empty where the value has no items.
  std::span<const PickleId> items() const {
    const auto* found = std::get_if<std::vector<PickleId>>(&content);
    return found != nullptr ? std::span<const PickleId>(*found) : std::span<const PickleId>();
  }

 private:
  template <typename T>
  T get() const {
    const T* found = std::get_if<T>(&content);
    return found != nullptr ? *found : T{};
  }
};

// Borrows the bytes; texts point into them.
class Pickle {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
  static constexpr std::size_t kMaxValues = std::size_t{1} << 20;

  // `globals` are the names that may be called, besides "collections OrderedDict", which makes a
  // dict; any other is kUnsupported, named in the message. `file` is for messages.
  static Result<Pickle> parse(std::string_view file, std::span<const std::byte> bytes,
                              std::span<const std::string_view> globals);

  PickleId root() const noexcept { return root_; }
  // Requires: a number that this object gave.
  const PickleValue& operator[](PickleId id) const noexcept { return values_[id]; }

  // The value of a text key; null where `dict` is no dict or has no such key. Where a key is given
  // twice, the last counts.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const noexcept;

 private:
  std::vector<PickleValue> values_;
  PickleId root_ = 0;
};

}  // namespace sotto::format
