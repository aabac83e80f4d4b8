// whisper.cpp's model files (ggml-*.bin), written by its convert-*-to-ggml.py and quantize:
//
//   u32 magic "ggml"
//   11 x i32: n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_text_ctx,
//             n_text_state, n_text_head, n_text_layer, n_mels, ftype
//   i32 bands, i32 bins, f32 filters [bands, bins]
//   i32 tokens, each u32 length and its bytes
//   until the end, tensors: i32 rank, i32 length of the name, i32 type, i32 dims (innermost first),
//             name, data
//
// Little-endian, without padding. Types have the numbers of GGUF.
#pragma once

#include <array>
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

// A checked file: every name is unique and every tensor's data is as long as its shape and type
// say. What it hands out points into the file and lives as long as this object; moving the object
// keeps it valid.
class Ggml {
 public:
  using Mode = base::MappedFile::Mode;

  static Result<Ggml> open(const std::filesystem::path& path, Mode mode = Mode::kMap);
  // Borrows `bytes`; `name` is for messages.
  static Result<Ggml> parse(std::string name, std::span<const std::byte> bytes);
  // Whether the bytes begin with the magic number.
  static bool recognises(std::span<const std::byte> bytes) noexcept;

  const std::string& name() const noexcept { return name_; }

  // One of the first ten numbers, by its name above; an error where it is out of range. (The
  // eleventh, ftype, is what quantize made of most matrices; every tensor has its own type.)
  // Requires: `name` is one of the ten.
  Result<std::int64_t> dim(std::string_view name, std::int64_t least, std::int64_t most) const;

  // The mel filter bank: f32, row-major, unaligned.
  struct Filters {
    std::uint32_t bands = 0, bins = 0;
    std::span<const std::byte> data;
  };
  const Filters& filters() const noexcept { return filters_; }

  // The bytes of the tokens by id; whisper.cpp makes up the special ones that are missing at the
  // end.
  std::span<const std::string_view> vocabulary() const noexcept { return vocabulary_; }

  // In the order of the file.
  std::span<const TensorInfo> tensors() const noexcept { return tensors_; }
  const TensorInfo* find(std::string_view name) const noexcept;

  // The opened file; null where the bytes are borrowed.
  const base::MappedFile* file() const noexcept { return file_ ? &*file_ : nullptr; }

 private:
  Ggml() = default;
  Status read(std::span<const std::byte> bytes);

  std::optional<base::MappedFile> file_;
  std::string name_;
  static constexpr std::size_t kDims = 10;
  std::array<std::int32_t, kDims> dims_{};
  Filters filters_;
  std::vector<std::string_view> vocabulary_;
  std::vector<TensorInfo> tensors_;
  NameIndex index_;
};

}  // namespace sotto::format
