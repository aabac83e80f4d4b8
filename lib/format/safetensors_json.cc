#include "lib/format/safetensors_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/base/quote.h"
#include "lib/format/tensor_info.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;
using nlohmann::json;

// Receives the parser's events; a handler that returns false stops the parse, with the reason in
// `error_`. Every event that a reader does not expect is an error.
class Reader : public nlohmann::json_sax<json> {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Status parse(std::span<const std::byte> text) {
    const auto* begin = reinterpret_cast<const char*>(text.data());
    const auto* end = begin + text.size();
    // The parser takes a zero byte for the end of the text and ignores what comes after it.
    if (const auto* zero = std::find(begin, end, '\0'); zero != end) {
      return error(ErrorCode::kCorruptFile, file_, ": not valid JSON: a zero byte at byte ",
                   zero - begin, " of the text");
    }
    if (begin == end || *begin != '{') {
      return error(ErrorCode::kCorruptFile, file_, ": the JSON text does not start with {");
    }
    if (!json::sax_parse(begin, end, this)) return std::move(error_);
    return ok();
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a bool"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_unsigned(number_unsigned_t) override { return unexpected("a number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number that is no integer of 64 bits");
  }
  bool string(string_t&) override { return unexpected("a string"); }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool start_object(std::size_t) override { return unexpected("an object"); }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return unexpected("an array"); }
  bool end_array() override { return true; }
  bool key(string_t&) override { return true; }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    return fail("not valid JSON at byte ", position, " of the text");
  }

 protected:
  template <typename... Parts>
  bool fail(const Parts&... parts) {
    error_ = error(ErrorCode::kCorruptFile, file_, ": ", parts...);
    return false;
  }
  // Where the text is, for a message: "the header", "the shape of \"w\"".
  virtual std::string place() const = 0;
  bool unexpected(std::string_view what) { return fail(place(), " has ", what, " out of place"); }

 private:
  std::string_view file_;
  Error error_{ErrorCode::kInternal, "stopped without a reason"};
};

// {"name": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}, "__metadata__": {"a": "b"}}
class HeaderReader final : public Reader {
 public:
  using Reader::Reader;
  std::vector<HeaderTensor> take() { return std::move(tensors_); }

  bool start_object(std::size_t) override {
    switch (state_) {
      case State::kStart: state_ = State::kNames; return true;
      case State::kTensorStart: state_ = State::kTensor; return true;
      case State::kMetadataStart: state_ = State::kMetadata; return true;
      default: return unexpected("an object");
    }
  }

  bool end_object() override {
    if (state_ == State::kTensor && (!has_dtype_ || !has_shape_ || !has_offsets_)) {
      return fail("tensor ", quote(tensors_.back().name),
                  " lacks one of dtype, shape and data_offsets");
    }
    if (state_ == State::kNames) {
      state_ = State::kEnd;
      return true;
    }
    // A value that the last key still misses is not valid JSON, so nothing else can end here.
    state_ = State::kNames;
    return true;
  }

  bool key(string_t& name) override {
    if (state_ == State::kNames && name == "__metadata__") {
      if (std::exchange(has_metadata_, true)) return fail("\"__metadata__\" occurs twice");
      state_ = State::kMetadataStart;
    } else if (state_ == State::kNames) {
      if (name.empty() || name.size() > kMaxTensorName) {
        return fail("tensor name ", quote(name), " has ", name.size(), " bytes, expected 1 to ",
                    kMaxTensorName);
      }
      tensors_.emplace_back().name = name;
      has_dtype_ = has_shape_ = has_offsets_ = false;
      state_ = State::kTensorStart;
    } else if (state_ == State::kTensor) {
      bool* seen = nullptr;
      if (name == "dtype") {
        seen = &has_dtype_;
        state_ = State::kDtype;
      } else if (name == "shape") {
        seen = &has_shape_;
        state_ = State::kShapeStart;
      } else if (name == "data_offsets") {
        seen = &has_offsets_;
        state_ = State::kOffsetsStart;
      } else {
        return fail(place(), " has the unknown key ", quote(name));
      }
      if (std::exchange(*seen, true)) return fail(place(), " occurs twice");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    switch (state_) {
      case State::kShapeStart: state_ = State::kShape; return true;
      case State::kOffsetsStart:
        state_ = State::kOffsets;
        offsets_ = 0;
        return true;
      default: return unexpected("an array");
    }
  }

  bool end_array() override {
    if (state_ == State::kOffsets && offsets_ != 2) {
      return fail(place(), " has ", offsets_, " numbers, expected 2");
    }
    state_ = State::kTensor;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    HeaderTensor* tensor = tensors_.empty() ? nullptr : &tensors_.back();
    if (state_ == State::kShape) {
      if (tensor->shape.size() == kMaxRank) {
        return fail(place(), " has more than ", kMaxRank, " dimensions");
      }
      tensor->shape.push_back(value);
      return true;
    }
    if (state_ == State::kOffsets && offsets_ < 2) {
      (offsets_++ == 0 ? tensor->begin : tensor->end) = value;
      return true;
    }
    return unexpected("a number");
  }

  bool string(string_t& value) override {
    if (state_ == State::kMetadata) return true;
    if (state_ != State::kDtype) return unexpected("a string");
    const auto dtype = tensor::dtype_from_name(value);
    if (!dtype || tensor::block(*dtype).elements != 1) {
      return fail("tensor ", quote(tensors_.back().name), " has the unknown type ", quote(value));
    }
    tensors_.back().dtype = *dtype;
    state_ = State::kTensor;
    return true;
  }

 private:
  // In a ...Start state the value of that name must come next.
  enum class State {
    kStart,
    kNames,
    kMetadataStart,
    kMetadata,
    kTensorStart,
    kTensor,
    kDtype,
    kShapeStart,
    kShape,
    kOffsetsStart,
    kOffsets,
    kEnd,
  };

  std::string place() const override {
    const auto of_tensor = [&](std::string_view what) {
      return base::concat(what, quote(tensors_.back().name));
    };
    switch (state_) {
      case State::kMetadataStart:
      case State::kMetadata: return "\"__metadata__\"";
      case State::kTensorStart:
      case State::kTensor: return of_tensor("tensor ");
      case State::kDtype: return of_tensor("dtype of tensor ");
      case State::kShapeStart:
      case State::kShape: return of_tensor("shape of tensor ");
      case State::kOffsetsStart:
      case State::kOffsets: return of_tensor("data_offsets of tensor ");
      default: return "the header";
    }
  }

  State state_ = State::kStart;
  std::vector<HeaderTensor> tensors_;
  bool has_metadata_ = false;
  bool has_dtype_ = false;
  bool has_shape_ = false;
  bool has_offsets_ = false;
  int offsets_ = 0;
};

// {"metadata": {...}, "weight_map": {"name": "model-00001-of-00002.safetensors"}}; whatever else
// stands beside "weight_map" is skipped.
class IndexReader final : public Reader {
 public:
  using Reader::Reader;
  std::vector<ShardEntry> take() { return std::move(entries_); }
  bool complete() const { return has_map_; }

  bool null() override { return skipped("null"); }
  bool boolean(bool) override { return skipped("a bool"); }
  bool number_integer(number_integer_t) override { return skipped("a number"); }
  bool number_unsigned(number_unsigned_t) override { return skipped("a number"); }
  bool number_float(number_float_t, const string_t&) override { return skipped("a number"); }

  bool start_object(std::size_t) override { return enter("an object", true); }
  bool start_array(std::size_t) override { return enter("an array", false); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      in_map_ = name == "weight_map";
      if (in_map_ && std::exchange(has_map_, true)) return fail("\"weight_map\" occurs twice");
    } else if (in_map_) {
      if (name.empty() || name.size() > kMaxTensorName) {
        return fail("tensor name ", quote(name), " has ", name.size(), " bytes, expected 1 to ",
                    kMaxTensorName);
      }
      entries_.push_back({name, {}});
    }
    return true;
  }

  bool string(string_t& value) override {
    if (!in_map_) return true;
    if (depth_ != 2) return unexpected("a string");
    entries_.back().file = value;
    return true;
  }

 private:
  static constexpr int kMaxDepth = 16;

  std::string place() const override { return in_map_ ? "\"weight_map\"" : "the index"; }
  bool skipped(std::string_view what) { return in_map_ ? unexpected(what) : true; }
  bool enter(std::string_view what, bool object) {
    if (in_map_ && (depth_ != 1 || !object)) return unexpected(what);
    if (++depth_ > kMaxDepth) return fail("the index is nested deeper than ", kMaxDepth);
    return true;
  }
  bool leave() {
    if (--depth_ == 1) in_map_ = false;
    return true;
  }

  std::vector<ShardEntry> entries_;
  int depth_ = 0;
  bool in_map_ = false;  // inside "weight_map", or its value comes next
  bool has_map_ = false;
};

}  // namespace

Result<std::vector<HeaderTensor>> parse_header(std::string_view file,
                                               std::span<const std::byte> text) {
  HeaderReader reader(file);
  Status parsed = reader.parse(text);
  if (!parsed) return std::move(parsed).error();
  return reader.take();
}

Result<std::vector<ShardEntry>> parse_index(std::string_view file,
                                            std::span<const std::byte> text) {
  IndexReader reader(file);
  Status parsed = reader.parse(text);
  if (!parsed) return std::move(parsed).error();
  if (!reader.complete()) {
    return error(ErrorCode::kCorruptFile, file, ": the index has no \"weight_map\"");
  }
  return reader.take();
}

}  // namespace sotto::format
