#include "lib/audio/source.h"

#include <algorithm>

namespace sotto::audio {
namespace {

std::size_t copy_from(std::span<const std::byte> bytes, std::uint64_t offset,
                      std::span<std::byte> out) {
  if (offset >= bytes.size()) return 0;
  const auto begin = static_cast<std::size_t>(offset);
  const std::size_t count = std::min(out.size(), bytes.size() - begin);
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), count, out.begin());
  return count;
}

}  // namespace

std::size_t MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  return copy_from(bytes_, offset, out);
}

std::size_t BufferSource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  return copy_from(bytes_, offset, out);
}

std::size_t FileSource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(offset));
  file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  return static_cast<std::size_t>(file_.gcount());
}

}  // namespace sotto::audio
