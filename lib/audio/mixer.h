// Gathers the blocks that a decoder gives into one mono sound, within the caller's limit.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audio/audio.h"

namespace sotto::audio {

class Mixer {
 public:
  // Checks what a header says. The rate and the channels come from the file, as 64-bit numbers so
  // that no conversion hides what it said.
  static Result<Mixer> make(std::string_view name, std::int64_t sample_rate, std::int64_t channels,
                            const ReadOptions& options);

  std::size_t channels() const { return channels_; }

  // An error where the sound would be longer than the limit with `frames` in all.
  Status check_length(std::uint64_t frames) const;
  void reserve(std::size_t frames) { sound_.samples.reserve(frames); }

  // Appends the mean of each frame's channels. `interleaved` holds whole frames.
  Status append(std::span<const float> interleaved);

  // The sound, if check_samples() finds no fault with it.
  Result<Sound> take();

 private:
  Mixer() = default;

  std::string name_;
  std::size_t channels_ = 0;
  double max_seconds_ = 0;
  Sound sound_;
};

}  // namespace sotto::audio
