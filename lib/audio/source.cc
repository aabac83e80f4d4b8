#include "lib/audio/source.h"

#include <algorithm>

namespace sotto::audio {

std::size_t MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  if (offset >= bytes_.size()) return 0;
  const auto begin = static_cast<std::size_t>(offset);
  const std::size_t count = std::min(out.size(), bytes_.size() - begin);
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), count, out.begin());
  return count;
}

std::size_t FileSource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(offset));
  file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  return static_cast<std::size_t>(file_.gcount());
}

}  // namespace sotto::audio
