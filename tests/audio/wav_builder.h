// WAV files made byte by byte, so that a test can make one that lies.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::audio {

inline std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Every field that is not set is what it should be.
struct Wav {
  std::uint32_t format = 1;
  std::uint32_t channels = 1;
  std::uint32_t rate = 16000;
  std::uint32_t bits = 16;
  std::optional<std::uint32_t> frame_bytes = {};
  std::optional<std::uint32_t> riff_size = {};
  std::optional<std::uint32_t> data_size = {};
  std::string format_tail = {};  // of the format chunk
  std::string before_data = {};  // chunks
  std::string after_data = {};
  std::string data = {};

  std::string bytes() const {
    const std::uint32_t frame = frame_bytes.value_or(channels * bits / 8);
    std::string fmt = little(format, 2) + little(channels, 2) + little(rate, 4) +
                      little(std::uint64_t{rate} * frame, 4) + little(frame, 2) + little(bits, 2) +
                      format_tail;
    std::string body = "WAVEfmt " + little(fmt.size(), 4) + fmt + before_data + "data" +
                       little(data_size.value_or(static_cast<std::uint32_t>(data.size())), 4) +
                       data;
    if (data.size() % 2 == 1) body += '\0';
    body += after_data;
    return "RIFF" + little(riff_size.value_or(static_cast<std::uint32_t>(body.size())), 4) + body;
  }
};

inline std::string pcm16(const std::vector<int>& values) {
  std::string out;
  for (const int value : values) out += little(static_cast<std::uint64_t>(value), 2);
  return out;
}

inline std::string floats(const std::vector<float>& values) {
  std::string out;
  for (const float value : values) out += little(std::bit_cast<std::uint32_t>(value), 4);
  return out;
}

// The end of an extensible format chunk.
inline std::string extensible(std::uint32_t format, std::uint32_t valid_bits) {
  constexpr std::string_view kTail("\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71", 14);
  return little(22, 2) + little(valid_bits, 2) + little(0, 4) + little(format, 2) +
         std::string(kTail);
}

}  // namespace sotto::audio
