// GGUF, versions 2 and 3: the file that sotto runs. Metadata and tensors in one file:
//
//   "GGUF"  u32 version  u64 tensors  u64 entries
//   entry:  string key, u32 type, value       string: u64 length, bytes; array: u32 type, u64 count
//   tensor: string name, u32 rank, u64 dims (innermost first), u32 type, u64 offset
//   padding to general.alignment (32), then the data that the offsets count from
//
// All numbers are little-endian. The specification is docs/gguf.md in ggml's repository.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/format/name_index.h"
#include "lib/format/tensor_info.h"
#include "lib/tensor/dtype.h"

namespace sotto::format {

class Cursor;

// A file whose every length, offset, count and name has been checked. What it hands out points into
// the file and lives as long as this object; moving the object keeps it valid. Only the element
// values are unchecked. Const members may be called from several threads.
class Gguf {
 public:
  static Result<Gguf> open(const std::filesystem::path& path,
                           base::MappedFile::Mode mode = base::MappedFile::Mode::kMap);
  // Borrows `bytes`; `name` is for messages.
  static Result<Gguf> parse(std::string name, std::span<const std::byte> bytes);
  // Whether that is how a GGUF file begins.
  static bool recognises(std::span<const std::byte> bytes) noexcept;

  const std::string& name() const noexcept { return name_; }
  std::uint32_t version() const noexcept { return version_; }

  // In the order of the file.
  std::span<const TensorInfo> tensors() const noexcept { return tensors_; }
  const TensorInfo* find(std::string_view name) const noexcept;

  // Metadata. A key that is missing, or whose value has another type, is an error that names the
  // file, the key and both types.
  bool has(std::string_view key) const noexcept;
  Result<std::uint32_t> u32(std::string_view key) const;
  Result<float> f32(std::string_view key) const;
  Result<bool> boolean(std::string_view key) const;
  Result<std::string_view> string(std::string_view key) const;
  Result<std::span<const std::byte>> bytes(std::string_view key) const;  // an array of u8
  Result<std::vector<std::int32_t>> i32_array(std::string_view key) const;
  Result<std::vector<std::string_view>> string_array(std::string_view key) const;

  // One metadata entry for people: a type such as "u32" or "i32[50]", a value of at most about 100
  // printable characters.
  struct Described {
    std::string_view key;
    std::string type;
    std::string value;
  };
  // All of them, in the order of the file.
  std::vector<Described> describe() const;

  // One metadata entry as it lies in the file, for GgufWriter::add_encoded().
  struct Encoded {
    std::string_view key;
    std::span<const std::byte> value;  // its type number, too
  };
  // All of them, in the order of the file.
  std::vector<Encoded> encoded() const;

  // Gives the memory of mapped pages back, all or a tensor's; they are read again if something
  // looks at them.
  void drop_pages() const noexcept;
  void drop_pages(const TensorInfo& tensor) const noexcept;

 private:
  // A metadata value where it lies in the file. An array of strings still has their lengths
  // between them.
  struct Value {
    std::string_view name;
    std::uint32_t type;
    std::uint32_t element_type;  // of an array
    std::uint64_t count;         // of an array
    std::span<const std::byte> data;
    std::span<const std::byte> encoded;  // the data with everything between it and the name
  };

  Gguf() = default;
  Status read();
  Status read_value(Cursor& in, Value& value) const;
  Status read_tensors(Cursor& in, std::uint64_t count);
  Result<std::uint64_t> alignment() const;
  Result<const Value*> value(std::string_view key, std::uint32_t type,
                             std::uint32_t element_type) const;
  template <typename T>
  Result<T> scalar(std::string_view key, std::uint32_t type) const;

  std::optional<base::MappedFile> file_;  // none where the bytes are borrowed
  std::string name_;
  std::span<const std::byte> bytes_;
  std::uint32_t version_ = 0;
  std::vector<Value> values_;
  NameIndex value_index_;
  std::vector<TensorInfo> tensors_;
  NameIndex tensor_index_;
};

// Collects metadata and tensors, then writes a version 3 file. What a reader would refuse (a name
// used twice, a shape that does not fit its type) is an error of write(), before a byte is written.
class GgufWriter {
 public:
  void add_u32(std::string key, std::uint32_t value);
  void add_f32(std::string key, float value);
  void add_bool(std::string key, bool value);
  void add_string(std::string key, std::string_view value);
  void add_bytes(std::string key, std::span<const std::byte> value);
  void add_i32_array(std::string key, const std::vector<std::int32_t>& value);
  void add_string_array(std::string key, const std::vector<std::string>& value);
  // The key and value of another file, of any type, byte for byte.
  void add_encoded(const Gguf::Encoded& entry);

  // Writes the tensor's bytes into the buffer, which has exactly their size and is zero. Called by
  // write(), in the order of add_tensor(), so that one tensor at a time is in memory.
  using Fill = std::function<Status(std::span<std::byte>)>;
  // `shape` has the outermost dimension first.
  void add_tensor(std::string name, tensor::Dtype dtype, std::vector<std::uint64_t> shape,
                  Fill fill);

  // The file appears under its name when it is complete.
  Status write(const std::filesystem::path& path) const;
  Result<std::vector<std::byte>> write_to_memory() const;

 private:
  struct Entry {
    std::string name;
    std::vector<std::byte> encoded;  // type and value
  };
  struct Tensor {
    std::string name;
    tensor::Dtype dtype;
    std::vector<std::uint64_t> shape;
    Fill fill;
  };
  using Sink = std::function<Status(std::span<const std::byte>)>;

  Status check(const std::string& file) const;
  Status emit(const std::string& file, const Sink& sink) const;

  std::vector<Entry> entries_;
  std::vector<Tensor> tensors_;
};

}  // namespace sotto::format
