// Bytes of a sound: in memory, or in a file that is read in parts.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sotto::audio {

// Not for use by several threads.
class Source {
 public:
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string& name() const { return name_; }  // in messages
  std::uint64_t size() const { return size_; }       // bytes

  // Copies the bytes from `offset` on into `out`; returns how many there were, less than out.size()
  // at the end or where the system fails.
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) = 0;

 protected:
  Source(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}

 private:
  std::string name_;
  std::uint64_t size_;
};

// Views `bytes`; they must outlive it.
class MemorySource final : public Source {
 public:
  MemorySource(std::string name, std::span<const std::byte> bytes)
      : Source(std::move(name), bytes.size()), bytes_(bytes) {}
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  std::span<const std::byte> bytes_;
};

// Holds the bytes.
class BufferSource final : public Source {
 public:
  BufferSource(std::string name, std::vector<std::byte> bytes)
      : Source(std::move(name), bytes.size()), bytes_(std::move(bytes)) {}
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  std::vector<std::byte> bytes_;
};

class FileSource final : public Source {
 public:
  // `file` is open for binary reading and holds `size` bytes.
  FileSource(std::string name, std::ifstream file, std::uint64_t size)
      : Source(std::move(name), size), file_(std::move(file)) {}
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  std::ifstream file_;
};

}  // namespace sotto::audio
