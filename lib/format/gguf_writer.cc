#include <cstring>
#include <utility>

#include "lib/base/checked.h"
#include "lib/base/quote.h"
#include "lib/format/gguf.h"
#include "lib/format/gguf_layout.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;

constexpr std::size_t kAlignment = gguf::kDefaultAlignment;

void append(std::vector<std::byte>& to, const void* from, std::size_t size) {
  if (size == 0) return;
  const std::size_t end = to.size();
  to.resize(end + size);
  std::memcpy(to.data() + end, from, size);
}

template <typename T>
void append_number(std::vector<std::byte>& to, T value) {
  append(to, &value, sizeof(value));
}

void append_string(std::vector<std::byte>& to, std::string_view value) {
  append_number(to, std::uint64_t{value.size()});
  append(to, value.data(), value.size());
}

std::vector<std::byte> encoded_array(gguf::Type type, std::size_t count) {
  std::vector<std::byte> out;
  append_number(out, std::uint32_t{gguf::kArray});
  append_number(out, std::uint32_t{type});
  append_number(out, std::uint64_t{count});
  return out;
}

template <typename T>
std::vector<std::byte> encoded_scalar(gguf::Type type, T value) {
  std::vector<std::byte> out;
  append_number(out, std::uint32_t{type});
  append_number(out, value);
  return out;
}

std::size_t padding(std::uint64_t size) {
  return static_cast<std::size_t>((kAlignment - size % kAlignment) % kAlignment);
}

}  // namespace

void GgufWriter::add_u32(std::string key, std::uint32_t value) {
  entries_.push_back({std::move(key), encoded_scalar(gguf::kU32, value)});
}

void GgufWriter::add_f32(std::string key, float value) {
  entries_.push_back({std::move(key), encoded_scalar(gguf::kF32, value)});
}

void GgufWriter::add_bool(std::string key, bool value) {
  entries_.push_back({std::move(key), encoded_scalar(gguf::kBool, std::uint8_t{value})});
}

void GgufWriter::add_string(std::string key, std::string_view value) {
  std::vector<std::byte> out;
  append_number(out, std::uint32_t{gguf::kString});
  append_string(out, value);
  entries_.push_back({std::move(key), std::move(out)});
}

void GgufWriter::add_bytes(std::string key, std::span<const std::byte> value) {
  std::vector<std::byte> out = encoded_array(gguf::kU8, value.size());
  append(out, value.data(), value.size());
  entries_.push_back({std::move(key), std::move(out)});
}

void GgufWriter::add_i32_array(std::string key, const std::vector<std::int32_t>& value) {
  std::vector<std::byte> out = encoded_array(gguf::kI32, value.size());
  append(out, value.data(), value.size() * sizeof(std::int32_t));
  entries_.push_back({std::move(key), std::move(out)});
}

void GgufWriter::add_string_array(std::string key, const std::vector<std::string>& value) {
  std::vector<std::byte> out = encoded_array(gguf::kString, value.size());
  for (const std::string& text : value) append_string(out, text);
  entries_.push_back({std::move(key), std::move(out)});
}

void GgufWriter::add_encoded(const Gguf::Encoded& entry) {
  entries_.push_back({std::string(entry.key), {entry.value.begin(), entry.value.end()}});
}

void GgufWriter::add_tensor(std::string name, tensor::Dtype dtype, std::vector<std::uint64_t> shape,
                            Fill fill) {
  tensors_.push_back({std::move(name), dtype, std::move(shape), std::move(fill)});
}

Status GgufWriter::check(const std::string& file) const {
  for (const Entry& entry : entries_) {
    if (entry.name.empty() || entry.name.size() > gguf::kMaxKey) {
      return error(ErrorCode::kInvalidArgument, file, ": metadata key ", quote(entry.name), " has ",
                   entry.name.size(), " bytes, expected 1 to ", gguf::kMaxKey);
    }
    if (entry.name == gguf::kAlignmentKey) {
      return error(ErrorCode::kInvalidArgument, file, ": metadata key ", quote(entry.name),
                   " is not for callers; tensors are aligned to ", kAlignment);
    }
  }
  if (const auto twice = NameIndex().build(entries_)) {
    return error(ErrorCode::kInvalidArgument, file, ": metadata key ", quote(entries_[*twice].name),
                 " occurs twice");
  }
  for (const Tensor& tensor : tensors_) {
    if (tensor.name.empty() || tensor.name.size() > kMaxTensorName) {
      return error(ErrorCode::kInvalidArgument, file, ": tensor name ", quote(tensor.name), " has ",
                   tensor.name.size(), " bytes, expected 1 to ", kMaxTensorName);
    }
    if (tensor.shape.size() > gguf::kMaxDims) {
      return error(ErrorCode::kInvalidArgument, file, ": tensor ", quote(tensor.name), " has ",
                   tensor.shape.size(), " dimensions, expected at most ", gguf::kMaxDims);
    }
    if (!tensor::dtype_from_gguf(static_cast<std::uint32_t>(tensor.dtype))) {
      return error(ErrorCode::kInvalidArgument, file, ": tensor ", quote(tensor.name), " is ",
                   tensor::name(tensor.dtype), ", which GGUF has no number for");
    }
  }
  if (const auto twice = NameIndex().build(tensors_)) {
    return error(ErrorCode::kInvalidArgument, file, ": tensor ", quote(tensors_[*twice].name),
                 " occurs twice");
  }
  return ok();
}

Status GgufWriter::emit(const std::string& file, const Sink& sink) const {
  Status checked = check(file);
  if (!checked) return checked;

  std::vector<std::byte> head;
  append(head, gguf::kMagic.data(), gguf::kMagic.size());
  append_number(head, gguf::kVersion);
  append_number(head, std::uint64_t{tensors_.size()});
  append_number(head, std::uint64_t{entries_.size()});
  for (const Entry& entry : entries_) {
    append_string(head, entry.name);
    append(head, entry.encoded.data(), entry.encoded.size());
  }
  std::uint64_t offset = 0;
  std::vector<std::size_t> sizes;
  for (const Tensor& tensor : tensors_) {
    Result<std::size_t> bytes = gguf::tensor_bytes(file, tensor.name, tensor.dtype, tensor.shape);
    if (!bytes) return error(ErrorCode::kInvalidArgument, bytes.error().message);
    append_string(head, tensor.name);
    append_number(head, static_cast<std::uint32_t>(tensor.shape.size()));
    for (std::size_t dim = tensor.shape.size(); dim-- > 0;) append_number(head, tensor.shape[dim]);
    append_number(head, static_cast<std::uint32_t>(tensor.dtype));
    append_number(head, offset);
    const auto end = base::checked_add(offset, *bytes);
    const auto next = end ? base::checked_add(*end, padding(*end)) : std::nullopt;
    if (!next) {
      return error(ErrorCode::kInvalidArgument, file, ": the tensors do not fit in 64 bits");
    }
    offset = *next;
    sizes.push_back(*bytes);
  }
  // The last tensor gets no padding: then a file that lost any byte is seen to be truncated.
  if (!tensors_.empty()) head.resize(head.size() + padding(head.size()));
  Status written = sink(head);
  if (!written) return written;

  constexpr std::byte kZeros[kAlignment] = {};
  std::vector<std::byte> buffer;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    buffer.assign(sizes[i], std::byte{0});
    Status filled = tensors_[i].fill(buffer);
    if (!filled) return filled;
    written = sink(buffer);
    if (written && i + 1 < tensors_.size()) {
      written = sink(std::span(kZeros).first(padding(buffer.size())));
    }
    if (!written) return written;
  }
  return ok();
}

Status GgufWriter::write(const std::filesystem::path& path) const {
  Result<base::OutputFile> file = base::OutputFile::create(path);
  if (!file) return std::move(file).error();
  Status emitted =
      emit(path.string(), [&](std::span<const std::byte> bytes) { return file->write(bytes); });
  if (!emitted) return emitted;
  return file->commit();
}

Result<std::vector<std::byte>> GgufWriter::write_to_memory() const {
  std::vector<std::byte> all;
  Status emitted = emit("memory", [&](std::span<const std::byte> bytes) {
    all.insert(all.end(), bytes.begin(), bytes.end());
    return ok();
  });
  if (!emitted) return std::move(emitted).error();
  return all;
}

}  // namespace sotto::format
