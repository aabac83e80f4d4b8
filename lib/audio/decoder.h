// What a format's reader gives: frames as the file holds them, one block after another.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sotto::audio {

// Not for use by several threads at once. After an error only rewind() and the destructor may be
// called.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  virtual const std::string& name() const = 0;  // in messages

  // What the file says, unchecked; 64 bits so that no conversion hides it.
  virtual std::int64_t sample_rate() const = 0;
  virtual std::int64_t channels() const = 0;

  // How many frames there are, where the file is known to hold them.
  virtual std::optional<std::uint64_t> frames() const { return std::nullopt; }

  // Writes the next frames, channel after channel; returns how many, 0 at the end alone.
  // Requires: out.size() is a multiple of channels(), and not 0.
  virtual Result<std::size_t> decode(std::span<float> out) = 0;

  // Goes back to the first frame.
  virtual Status rewind() = 0;
};

}  // namespace sotto::audio
