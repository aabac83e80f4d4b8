// Any window of the log-mel of a sound of any length, in bounded memory.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "lib/audio/mel_stream.h"
#include "lib/audio/stream.h"

namespace sotto::audio {

// What log_mel() (log_mel.h) gives for the whole sound with 30 s of silence after it, to the bit.
// The sound is read twice: first for its maximum, then for the windows. The frames that were
// computed last are kept; a window before them, of which there is none in an ordinary
// transcription, makes it read the sound from its beginning. Serves one sound after the other in
// the memory of the largest. Not for use by several threads at once; after an error only open(),
// close() and the destructor may be called.
class MelSource {
 public:
  static constexpr std::size_t kPaddingFrames = 3000;
  static constexpr std::size_t kKeptFrames = 18000;  // 3 min: 6 MB of 80 bands

  // Requires: bands > 0, kept_frames >= MelStream::kMostFrames; all others but bands() and close():
  // open() before, without an error.
  explicit MelSource(std::size_t bands, std::size_t kept_frames = kKeptFrames)
      : stream_(bands), kept_frames_(kept_frames) {}

  // Reads the whole of another sound, at any rate that resampled() takes.
  Status open(std::unique_ptr<Stream> sound);
  // Lets go of the sound.
  void close() { stream_.close(); }

  std::size_t bands() const noexcept { return stream_.bands(); }
  std::size_t samples() const noexcept { return samples_; }           // at kMelRate
  std::size_t frames() const noexcept { return samples_ / kMelHop; }  // of the sound alone

  // out = frames [seek, seek + count), normalised. Fails where the sound cannot be read again, or
  // has become shorter. Requires: seek + count <= frames() + kPaddingFrames, out is [count, bands].
  Status read(std::size_t seek, std::size_t count, std::span<float> out);

 private:
  Status scan();
  Status move_to(std::size_t frame);
  void keep(std::span<const float> frames);

  MelStream stream_;
  std::size_t kept_frames_;
  std::size_t samples_ = 0;
  std::size_t heard_frames_ = 0;  // that stream_ gives; the others are silence
  float maximum_ = kMelFloor;     // of the silence at least
  std::vector<float> kept_;       // frame f is at f % kept_frames_; grows until it holds as many
  std::size_t kept_begin_ = 0;    // frames [kept_begin_, kept_end_) are kept,
  std::size_t kept_end_ = 0;      // and this one is the next of stream_
};

}  // namespace sotto::audio
