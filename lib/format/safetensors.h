// Hugging Face safetensors: u64 length of the header, the header (JSON: name -> dtype, shape,
// data_offsets), the tensors' bytes without holes. A large model is several such files, the shards,
// and an index that says which tensor is where.
//
// The specification is the README of huggingface/safetensors; what its reader refuses, ours does.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/format/name_index.h"
#include "lib/format/tensor_info.h"

namespace sotto::format {

// Checked files: every name is unique and every tensor's data lies where its shape and type say.
// What it hands out points into the files and lives as long as this object; moving the object keeps
// it valid. Types that tensor::convertible() does not know are listed too.
class Safetensors {
 public:
  using Mode = base::MappedFile::Mode;

  // `folder`/model.safetensors or, without that, the shards of
  // `folder`/model.safetensors.index.json.
  static Result<Safetensors> open_folder(const std::filesystem::path& folder,
                                         Mode mode = Mode::kMap);
  // One file; an index, by its name's end ".index.json", stands for its shards.
  static Result<Safetensors> open(const std::filesystem::path& path, Mode mode = Mode::kMap);
  // Borrows `bytes`; `name` is for messages.
  static Result<Safetensors> parse(std::string name, std::span<const std::byte> bytes);

  // The file, or the index, for messages.
  const std::string& name() const noexcept { return name_; }

  // A file's in the order of its header, an index's in the order of the index.
  std::span<const TensorInfo> tensors() const noexcept { return tensors_; }
  const TensorInfo* find(std::string_view name) const noexcept;

  // The opened files in the order in which the index first names them; none of parse().
  std::span<const base::MappedFile> files() const noexcept { return files_; }

  // Gives the memory of mapped pages back; they are read again if something looks at them.
  void drop_pages() const noexcept;

 private:
  Safetensors() = default;
  static Result<Safetensors> open_index(const std::filesystem::path& path, Mode mode);
  Status read(std::span<const std::byte> bytes);

  std::vector<base::MappedFile> files_;  // none where the bytes are borrowed
  std::string name_;
  std::vector<TensorInfo> tensors_;
  NameIndex index_;
};

}  // namespace sotto::format
