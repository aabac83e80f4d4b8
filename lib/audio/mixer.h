// The frames of any decoder as mono samples, checked and within the caller's limit.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "lib/audio/decoder.h"
#include "lib/audio/stream.h"

namespace sotto::audio {

class Mixer final : public Stream {
 public:
  // Checks what the header says: the rate, the channels, and the length where it is known.
  static Result<std::unique_ptr<Stream>> make(std::unique_ptr<Decoder> decoder,
                                              const ReadOptions& options);

  std::optional<std::uint64_t> length() const override { return decoder_->frames(); }

  // The mean of each frame's channels. A sample that is no finite number is an error.
  Result<std::size_t> read(std::span<float> out) override;
  Status rewind() override;

 private:
  Mixer(std::unique_ptr<Decoder> decoder, double max_seconds);
  Status check_length(std::uint64_t frames) const;

  std::unique_ptr<Decoder> decoder_;
  std::size_t channels_;
  double max_seconds_;
  std::vector<float> interleaved_;  // a block; not used for one channel
  std::uint64_t done_ = 0;          // frames
};

}  // namespace sotto::audio
