#include "lib/format/gguf.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include "lib/base/checked.h"
#include "lib/base/quote.h"
#include "lib/format/cursor.h"
#include "lib/format/gguf_layout.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;

// The fewest bytes of an entry: key length, a key of one byte, type, a value of one byte. Of a
// tensor: name length, a name of one byte, rank, type, offset. They bound the counts.
constexpr std::uint64_t kMinEntryBytes = 8 + 1 + 4 + 1;
constexpr std::uint64_t kMinTensorBytes = 8 + 1 + 4 + 4 + 8;

constexpr std::uint32_t byte_swapped(std::uint32_t v) {
  return v >> 24 | (v >> 8 & 0xFF00U) | (v << 8 & 0xFF0000U) | v << 24;
}

template <typename T>
T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

std::string type_text(std::uint32_t type, std::uint32_t element_type) {
  return type == gguf::kArray ? base::concat("array of ", gguf::kTypeNames[element_type])
                              : std::string(gguf::kTypeNames[type]);
}

template <typename T>
std::string number_text(const std::byte* from) {
  std::array<char, 40> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), load<T>(from)).ptr;
  return {text.data(), end};
}

// A scalar of `type` for people; `data` holds exactly its bytes.
std::string value_text(std::uint32_t type, std::span<const std::byte> data) {
  switch (type) {
    case gguf::kU8: return number_text<std::uint8_t>(data.data());
    case gguf::kI8: return number_text<std::int8_t>(data.data());
    case gguf::kU16: return number_text<std::uint16_t>(data.data());
    case gguf::kI16: return number_text<std::int16_t>(data.data());
    case gguf::kU32: return number_text<std::uint32_t>(data.data());
    case gguf::kI32: return number_text<std::int32_t>(data.data());
    case gguf::kF32: return number_text<float>(data.data());
    case gguf::kBool: return data[0] != std::byte{0} ? "true" : "false";
    case gguf::kU64: return number_text<std::uint64_t>(data.data());
    case gguf::kI64: return number_text<std::int64_t>(data.data());
    case gguf::kF64: return number_text<double>(data.data());
    default: return "?";
  }
}

}  // namespace

Result<std::size_t> gguf::tensor_bytes(std::string_view file, std::string_view name,
                                       tensor::Dtype dtype, std::span<const std::uint64_t> shape) {
  for (const std::uint64_t dim : shape) {
    if (dim == 0) {
      return error(ErrorCode::kCorruptFile, file, ": tensor ", quote(name),
                   " has a dimension of 0");
    }
  }
  // Rows are stored in whole blocks, so the innermost dimension has to be made of them.
  const tensor::Block block = tensor::block(dtype);
  const std::uint64_t row = shape.empty() ? 1 : shape.back();
  if (row % block.elements != 0) {
    return error(ErrorCode::kCorruptFile, file, ": tensor ", quote(name), " has rows of ", row,
                 " values, expected a multiple of ", block.elements, " for ", tensor::name(dtype));
  }
  const auto elements = element_count(shape);
  const auto bytes = elements ? tensor::byte_size(dtype, *elements) : std::nullopt;
  if (!bytes) {
    return error(ErrorCode::kCorruptFile, file, ": tensor ", quote(name),
                 " has a size that does not fit in 64 bits");
  }
  return *bytes;
}

Result<Gguf> Gguf::open(const std::filesystem::path& path, base::MappedFile::Mode mode) {
  Result<base::MappedFile> file = base::MappedFile::open(path, mode);
  if (!file) return std::move(file).error();
  Result<Gguf> gguf = parse(path.string(), file->bytes());
  if (gguf) gguf->file_ = std::move(*file);
  return gguf;
}

Result<Gguf> Gguf::parse(std::string name, std::span<const std::byte> bytes) {
  Gguf gguf;
  gguf.name_ = std::move(name);
  gguf.bytes_ = bytes;
  Status read = gguf.read();
  if (!read) return std::move(read).error();
  return Result<Gguf>(std::move(gguf));
}

bool Gguf::recognises(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= gguf::kMagic.size() &&
         std::memcmp(bytes.data(), gguf::kMagic.data(), gguf::kMagic.size()) == 0;
}

Status Gguf::read() {
  Cursor in(name_, bytes_);
  std::string_view magic;
  if (!in.take(gguf::kMagic.size(), magic)) return in.truncated("the mark \"GGUF\"");
  if (magic != gguf::kMagic) {
    return error(ErrorCode::kCorruptFile, name_, ": not a GGUF file: starts with ", quote(magic),
                 ", expected \"GGUF\"");
  }
  if (!in.read(version_)) return in.truncated("the version");
  if (version_ < gguf::kOldestVersion || version_ > gguf::kVersion) {
    const std::uint32_t swapped = byte_swapped(version_);
    if (swapped > 0 && swapped <= gguf::kVersion) {
      return error(ErrorCode::kUnsupported, name_,
                   ": is big-endian, expected a little-endian file");
    }
    return error(ErrorCode::kUnsupported, name_, ": GGUF version is ", version_, ", expected ",
                 gguf::kOldestVersion, " or ", gguf::kVersion);
  }
  std::uint64_t tensors = 0;
  std::uint64_t entries = 0;
  if (!in.read(tensors)) return in.truncated("the number of tensors");
  if (!in.read(entries)) return in.truncated("the number of metadata entries");
  if (entries > in.left() / kMinEntryBytes) {
    return in.truncated("a list of ", entries, " metadata entries");
  }
  if (tensors > in.left() / kMinTensorBytes) return in.truncated("a list of ", tensors, " tensors");

  for (std::uint64_t i = 0; i < entries; ++i) {
    Value value{};
    std::uint64_t length = 0;
    if (!in.read(length)) return in.truncated("metadata entry ", i);
    if (length == 0 || length > gguf::kMaxKey) {
      return error(ErrorCode::kCorruptFile, name_, ": the key of metadata entry ", i, " has ",
                   length, " bytes, expected 1 to ", gguf::kMaxKey);
    }
    if (!in.take(length, value.name)) return in.truncated("the key of metadata entry ", i);
    const std::size_t begin = in.position();
    Status read = read_value(in, value);
    if (!read) return read;
    value.encoded = bytes_.subspan(begin, in.position() - begin);
    values_.push_back(value);
  }
  if (const auto twice = value_index_.build(values_)) {
    return error(ErrorCode::kCorruptFile, name_, ": metadata key ", quote(values_[*twice].name),
                 " occurs twice");
  }
  return read_tensors(in, tensors);
}

Status Gguf::read_value(Cursor& in, Value& value) const {
  const std::string_view key = value.name;
  if (!in.read(value.type)) return in.truncated("the type of ", quote(key));
  if (value.type >= gguf::kTypes) {
    return error(ErrorCode::kCorruptFile, name_, ": ", quote(key), " has the unknown type ",
                 value.type);
  }
  std::uint32_t element_type = value.type;
  std::uint64_t count = 1;
  if (value.type == gguf::kArray) {
    if (!in.read(element_type)) return in.truncated("the element type of ", quote(key));
    if (element_type >= gguf::kTypes) {
      return error(ErrorCode::kCorruptFile, name_, ": ", quote(key),
                   " is an array of the unknown type ", element_type);
    }
    if (element_type == gguf::kArray) {
      return error(ErrorCode::kUnsupported, name_, ": ", quote(key),
                   " is an array of arrays, expected an array of numbers or strings");
    }
    if (!in.read(count)) return in.truncated("the length of ", quote(key));
    value.element_type = element_type;
    value.count = count;
  }
  if (count > in.left() / gguf::kTypeBytes[element_type]) {
    return in.truncated("the value of ", quote(key));
  }
  if (element_type != gguf::kString) {
    if (!in.take(count * gguf::kTypeBytes[element_type], value.data)) {
      return in.truncated("the value of ", quote(key));
    }
    if (value.type == gguf::kBool && value.data[0] > std::byte{1}) {
      return error(ErrorCode::kCorruptFile, name_, ": ", quote(key), " is a bool of value ",
                   std::to_integer<int>(value.data[0]), ", expected 0 or 1");
    }
    return ok();
  }
  const std::size_t begin = in.position();
  std::span<const std::byte> text;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t length = 0;
    if (!in.read(length) || !in.take(length, text)) {
      return in.truncated("string ", i, " of ", quote(key));
    }
  }
  value.data = value.type == gguf::kArray ? bytes_.subspan(begin, in.position() - begin) : text;
  return ok();
}

Result<std::uint64_t> Gguf::alignment() const {
  if (!has(gguf::kAlignmentKey)) return std::uint64_t{gguf::kDefaultAlignment};
  Result<std::uint32_t> set = u32(gguf::kAlignmentKey);
  if (!set) return std::move(set).error();
  if (!std::has_single_bit(*set) || *set < gguf::kMinAlignment) {
    return error(ErrorCode::kCorruptFile, name_, ": ", gguf::kAlignmentKey, " is ", *set,
                 ", expected a power of two of at least ", gguf::kMinAlignment);
  }
  return std::uint64_t{*set};
}

Status Gguf::read_tensors(Cursor& in, std::uint64_t count) {
  Result<std::uint64_t> alignment = this->alignment();
  if (!alignment) return std::move(alignment).error();

  struct Place {
    std::uint64_t offset;
    std::size_t bytes;
  };
  std::vector<Place> places;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t length = 0;
    std::string_view name;
    if (!in.read(length)) return in.truncated("the entry of tensor ", i);
    if (length == 0 || length > kMaxTensorName) {
      return error(ErrorCode::kCorruptFile, name_, ": the name of tensor ", i, " has ", length,
                   " bytes, expected 1 to ", kMaxTensorName);
    }
    if (!in.take(length, name)) return in.truncated("the name of tensor ", i);
    std::uint32_t rank = 0;
    if (!in.read(rank)) return in.truncated("the rank of tensor ", quote(name));
    if (rank > gguf::kMaxDims) {
      return error(ErrorCode::kCorruptFile, name_, ": tensor ", quote(name), " has ", rank,
                   " dimensions, expected at most ", gguf::kMaxDims);
    }
    std::vector<std::uint64_t> shape(rank);
    for (std::size_t dim = rank; dim-- > 0;) {
      if (!in.read(shape[dim])) return in.truncated("the shape of tensor ", quote(name));
    }
    std::uint32_t type = 0;
    if (!in.read(type)) return in.truncated("the type of tensor ", quote(name));
    const auto dtype = tensor::dtype_from_gguf(type);
    if (!dtype) {
      return error(ErrorCode::kUnsupported, name_, ": tensor ", quote(name), " has type ", type,
                   ", which sotto does not know");
    }
    Result<std::size_t> bytes = gguf::tensor_bytes(name_, name, *dtype, shape);
    if (!bytes) return std::move(bytes).error();
    std::uint64_t offset = 0;
    if (!in.read(offset)) return in.truncated("the offset of tensor ", quote(name));
    if (offset % *alignment != 0) {
      return error(ErrorCode::kCorruptFile, name_, ": tensor ", quote(name), " has the offset ",
                   offset, ", expected a multiple of ", *alignment);
    }
    places.push_back({offset, *bytes});
    tensors_.push_back({std::string(name), *dtype, std::move(shape), {}});
  }
  if (const auto twice = tensor_index_.build(tensors_)) {
    return error(ErrorCode::kCorruptFile, name_, ": tensor ", quote(tensors_[*twice].name),
                 " occurs twice");
  }

  // Cannot overflow: the position is that of a byte in memory, the alignment has 32 bits.
  const std::uint64_t begin = (in.position() + *alignment - 1) / *alignment * *alignment;
  const std::uint64_t size = begin < bytes_.size() ? bytes_.size() - begin : 0;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto [offset, bytes] = places[i];
    if (offset > size || bytes > size - offset) {
      return error(ErrorCode::kCorruptFile, name_, ": truncated: tensor ", quote(tensors_[i].name),
                   " has ", bytes, " bytes at offset ", offset, " from byte ", begin,
                   ", the file ends at byte ", bytes_.size());
    }
    tensors_[i].data = bytes_.subspan(static_cast<std::size_t>(begin + offset), bytes);
  }
  return ok();
}

const TensorInfo* Gguf::find(std::string_view name) const noexcept {
  const auto at = tensor_index_.find(tensors_, name);
  return at ? &tensors_[*at] : nullptr;
}

bool Gguf::has(std::string_view key) const noexcept {
  return value_index_.find(values_, key).has_value();
}

Result<const Gguf::Value*> Gguf::value(std::string_view key, std::uint32_t type,
                                       std::uint32_t element_type) const {
  const auto at = value_index_.find(values_, key);
  if (!at) {
    return error(ErrorCode::kCorruptFile, name_, ": has no metadata ", quote(key), ", expected ",
                 type_text(type, element_type));
  }
  const Value& found = values_[*at];
  if (found.type != type || (type == gguf::kArray && found.element_type != element_type)) {
    return error(ErrorCode::kCorruptFile, name_, ": metadata ", quote(key), " is ",
                 type_text(found.type, found.element_type), ", expected ",
                 type_text(type, element_type));
  }
  return &found;
}

template <typename T>
Result<T> Gguf::scalar(std::string_view key, std::uint32_t type) const {
  Result<const Value*> found = value(key, type, 0);
  if (!found) return std::move(found).error();
  return load<T>((*found)->data.data());
}

Result<std::uint32_t> Gguf::u32(std::string_view key) const {
  return scalar<std::uint32_t>(key, gguf::kU32);
}

Result<float> Gguf::f32(std::string_view key) const { return scalar<float>(key, gguf::kF32); }

Result<bool> Gguf::boolean(std::string_view key) const {
  Result<std::uint8_t> value = scalar<std::uint8_t>(key, gguf::kBool);
  if (!value) return std::move(value).error();
  return *value != 0;
}

Result<std::string_view> Gguf::string(std::string_view key) const {
  Result<const Value*> found = value(key, gguf::kString, 0);
  if (!found) return std::move(found).error();
  const auto data = (*found)->data;
  return std::string_view(reinterpret_cast<const char*>(data.data()), data.size());
}

Result<std::span<const std::byte>> Gguf::bytes(std::string_view key) const {
  Result<const Value*> found = value(key, gguf::kArray, gguf::kU8);
  if (!found) return std::move(found).error();
  return (*found)->data;
}

Result<std::vector<std::int32_t>> Gguf::i32_array(std::string_view key) const {
  Result<const Value*> found = value(key, gguf::kArray, gguf::kI32);
  if (!found) return std::move(found).error();
  const auto data = (*found)->data;
  std::vector<std::int32_t> numbers(data.size() / sizeof(std::int32_t));
  if (!data.empty()) std::memcpy(numbers.data(), data.data(), data.size());
  return numbers;
}

Result<std::vector<std::string_view>> Gguf::string_array(std::string_view key) const {
  Result<const Value*> found = value(key, gguf::kArray, gguf::kString);
  if (!found) return std::move(found).error();
  Cursor in(name_, (*found)->data);
  std::vector<std::string_view> strings;
  strings.reserve(static_cast<std::size_t>((*found)->count));
  for (std::uint64_t i = 0; i < (*found)->count; ++i) {
    std::uint64_t length = 0;
    std::string_view text;
    if (!in.read(length) || !in.take(length, text)) return in.truncated("string ", i);
    strings.push_back(text);
  }
  return strings;
}

std::vector<Gguf::Described> Gguf::describe() const {
  constexpr std::uint64_t kShown = 4;
  constexpr std::size_t kShownBytes = 64;
  std::vector<Described> all;
  for (const Value& value : values_) {
    const bool array = value.type == gguf::kArray;
    const std::uint32_t type = array ? value.element_type : value.type;
    Described row{value.name, std::string(gguf::kTypeNames[type]), {}};
    if (array) row.type += base::concat("[", value.count, "]");
    if (!array && type == gguf::kString) {
      row.value =
          quote({reinterpret_cast<const char*>(value.data.data()), value.data.size()}, kShownBytes);
    } else {
      Cursor in(name_, value.data);
      const std::uint64_t count = array ? value.count : 1;
      for (std::uint64_t i = 0; i < count && i < kShown; ++i) {
        row.value += i > 0 ? ", " : "";
        std::uint64_t length = 0;
        std::string_view text;
        std::span<const std::byte> number;
        if (type == gguf::kString && in.read(length) && in.take(length, text)) {
          row.value += quote(text, kShownBytes / kShown);
        } else if (type != gguf::kString && in.take(gguf::kTypeBytes[type], number)) {
          row.value += value_text(type, number);
        }
      }
      if (count > kShown) row.value += ", ...";
    }
    all.push_back(std::move(row));
  }
  return all;
}

std::vector<Gguf::Encoded> Gguf::encoded() const {
  std::vector<Encoded> all;
  all.reserve(values_.size());
  for (const Value& value : values_) all.push_back({value.name, value.encoded});
  return all;
}

void Gguf::drop_pages() const noexcept {
  if (file_) file_->drop(0, bytes_.size());
}

void Gguf::drop_pages(const TensorInfo& tensor) const noexcept {
  if (!file_ || tensor.data.empty()) return;
  const auto offset = static_cast<std::size_t>(tensor.data.data() - bytes_.data());
  file_->drop(offset, tensor.data.size());
}

}  // namespace sotto::format
