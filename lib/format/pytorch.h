// Checkpoints of openai/whisper (.pt): what torch.save() makes of
// {"dims": {name: number}, "model_state_dict": {name: tensor}}. A zip archive:
//
//   X/data.pkl    the pickle; a tensor in it is torch._utils._rebuild_tensor_v2(storage, offset,
//                 shape, strides, ...), a storage the persistent id ("storage", type, KEY, device,
//                 elements)
//   X/data/KEY    the elements of a storage
//   X/byteorder   "little"; may be missing
//
// (pytorch, torch/serialization.py and torch/_utils.py.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/format/name_index.h"
#include "lib/format/tensor_info.h"

namespace sotto::format {

// A checked file: every name is unique and every tensor's data lies in the archive where its
// storage is. Tensors are F32, F16 or BF16 and contiguous; others are refused. What it hands out
// points into the file and lives as long as this object; moving the object keeps it valid.
class Pytorch {
 public:
  using Mode = base::MappedFile::Mode;

  static Result<Pytorch> open(const std::filesystem::path& path, Mode mode = Mode::kMap);
  // Borrows `bytes`; `name` is for messages.
  static Result<Pytorch> parse(std::string name, std::span<const std::byte> bytes);

  const std::string& name() const noexcept { return name_; }

  // In the order of the state dict.
  std::span<const TensorInfo> tensors() const noexcept { return tensors_; }
  const TensorInfo* find(std::string_view name) const noexcept;

  // A number of "dims". An error where it is missing or out of range.
  Result<std::int64_t> dim(std::string_view name, std::int64_t least, std::int64_t most) const;

  // The opened file; null where the bytes are borrowed.
  const base::MappedFile* file() const noexcept { return file_ ? &*file_ : nullptr; }

 private:
  struct Dim {
    std::string_view name;
    std::int64_t value = 0;
  };

  Pytorch() = default;
  Status read(std::span<const std::byte> bytes);

  std::optional<base::MappedFile> file_;
  std::string name_;
  std::vector<Dim> dims_;
  std::vector<TensorInfo> tensors_;
  NameIndex index_;
};

}  // namespace sotto::format
