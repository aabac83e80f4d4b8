// The log-mel frames of a stream, one after the other.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/audio/log_mel.h"
#include "lib/audio/stream.h"

namespace sotto::audio {

// Gives x of log_mel.h, neither clamped nor normalised, for every frame that a sample or the mirror
// image of one reaches; all further ones are silence. Serves one sound after the other without
// allocating. Not for use by several threads at once. After an error only rewind(), open(), close()
// and the destructor may be called.
class MelStream {
 public:
  static constexpr std::size_t kMostFrames = 64;  // at once

  // Requires: bands > 0; all others but bands() and close(): open() before.
  explicit MelStream(std::size_t bands);

  // From now on the frames are those of `sound`. Requires: it has kMelRate and is at its first
  // sample.
  void open(std::unique_ptr<Stream> sound);
  void close() { sound_.reset(); }

  const std::string& name() const noexcept { return sound_->name(); }  // in messages
  std::size_t bands() const noexcept { return log_mel_.bands(); }

  // The next frames, [at most kMostFrames, bands]; none at the end. Valid until the next call.
  Result<std::span<const float>> next();

  // Steps over as many frames, fewer at the end.
  Status skip(std::size_t frames);

  // Goes back to frame 0.
  Status rewind();

  // Samples that were read since frame 0; all of them once next() has given none.
  std::size_t samples() const noexcept { return samples_; }

 private:
  void begin();
  Status fill();
  std::size_t ready() const noexcept;
  void advance(std::size_t frames);

  std::unique_ptr<Stream> sound_;
  LogMel log_mel_;
  // The next frame begins with its first sample. Zeros behind filled_ once the sound has ended.
  std::vector<float> buffer_;
  std::size_t filled_ = kMelReach;
  std::size_t samples_ = 0;
  bool ended_ = false;
  std::vector<float> frames_;  // [kMostFrames, bands]
};

}  // namespace sotto::audio
