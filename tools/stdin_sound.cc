#include "tools/stdin_sound.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace sotto::tools {
namespace {

template <typename T>
T little_endian(const std::byte* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(std::to_integer<T>(bytes[i]) << (8 * i)));
  }
  return value;
}

}  // namespace

Result<Sound> read_pcm(std::span<const std::byte> bytes, Pcm format, int sample_rate) {
  const std::size_t width = format == Pcm::kS16 ? 2 : 4;
  if (bytes.empty()) return Error{ErrorCode::kCorruptFile, "is empty"};
  if (bytes.size() % width != 0) {
    return Error{ErrorCode::kCorruptFile, std::to_string(bytes.size()) +
                                              " bytes are no whole number of samples of " +
                                              std::to_string(width) + " bytes"};
  }
  Sound sound{std::vector<float>(bytes.size() / width), sample_rate};
  for (std::size_t i = 0; i < sound.samples.size(); ++i) {
    const std::byte* const at = bytes.data() + i * width;
    if (format == Pcm::kS16) {
      const auto value = static_cast<std::int16_t>(little_endian<std::uint16_t>(at));
      sound.samples[i] = static_cast<float>(value) / 32768.0F;
    } else {
      sound.samples[i] = std::bit_cast<float>(little_endian<std::uint32_t>(at));
    }
  }
  return sound;
}

Result<std::vector<std::byte>> read_all(int descriptor, std::size_t most,
                                        const std::function<bool()>& stop) {
  std::vector<std::byte> bytes;
  std::array<std::byte, 1 << 16> block;
  for (;;) {
    if (stop()) return Error{ErrorCode::kAborted, "aborted"};
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const std::string reason = std::generic_category().message(errno);
      return Error{ErrorCode::kIo, "cannot be read: " + reason};
    }
    if (got == 0) return bytes;
    const auto size = static_cast<std::size_t>(got);
    if (bytes.size() + size > most) {
      return Error{ErrorCode::kOutOfMemory, "has more than " + std::to_string(most) + " bytes"};
    }
    bytes.insert(bytes.end(), block.begin(), block.begin() + got);
  }
}

}  // namespace sotto::tools
