// Files: one read as a whole, one that appears only when it is complete.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include "lib/base/error.h"

namespace sotto::base {

// The bytes of a regular file, read-only, for as long as the object lives; moving it keeps them
// where they are. They begin at a multiple of 64. Reading from several threads is safe.
//
// kMap shares the page cache and costs no memory of its own, but a file that another process
// shortens, or a network mount that goes away, kills the process at the next access (SIGBUS).
// kRead makes a private copy and has neither trap.
class MappedFile {
 public:
  enum class Mode { kMap, kRead };

  // Refuses whatever is not a regular file. An empty file is a file of no bytes.
  static Result<MappedFile> open(const std::filesystem::path& path, Mode mode = Mode::kMap);

  std::span<const std::byte> bytes() const noexcept { return {data_.get(), data_ ? size_ : 0}; }
  const std::filesystem::path& path() const noexcept { return path_; }

  // Gives the memory of the whole pages in [offset, offset + size) back to the system; the next
  // access reads them from the file again. Parts outside the file are ignored. No effect in kRead.
  void drop(std::size_t offset, std::size_t size) const noexcept;

 private:
  struct Release {
    std::size_t mapped_bytes = 0;  // 0: allocated, not mapped
    void operator()(const std::byte* data) const noexcept;
  };
  using Data = std::unique_ptr<const std::byte, Release>;

  MappedFile(std::filesystem::path path, Data data, std::size_t size)
      : path_(std::move(path)), data_(std::move(data)), size_(size) {}

  std::filesystem::path path_;
  Data data_;
  std::size_t size_;
};

// Writes a file under a temporary name in the target's folder; commit() gives it its name in one
// step. Until then the target, if there is one, is untouched; an object that dies without a
// successful commit() removes what it wrote. One thread at a time.
class OutputFile {
 public:
  // Refuses a target that exists and is not a regular file. A symbolic link is followed.
  static Result<OutputFile> create(std::filesystem::path target);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  // Appends. After a failure the file cannot be committed.
  Status write(std::span<const std::byte> bytes);

  // Flushes to the device and renames. The last call on this object.
  Status commit();

 private:
  OutputFile(std::filesystem::path target, std::filesystem::path temporary, int descriptor)
      : target_(std::move(target)), temporary_(std::move(temporary)), descriptor_(descriptor) {}
  void discard() noexcept;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;  // -1: committed, failed or moved from
};

}  // namespace sotto::base
