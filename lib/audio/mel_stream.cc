#include "lib/audio/mel_stream.h"

#include <algorithm>
#include <utility>

namespace sotto::audio {

MelStream::MelStream(std::size_t bands)
    : log_mel_(bands),
      buffer_((kMostFrames - 1) * kMelHop + kFftSamples),
      frames_(kMostFrames * bands) {}

void MelStream::open(std::unique_ptr<Stream> sound) {
  sound_ = std::move(sound);
  begin();
}

// At frame 0, with nothing read.
void MelStream::begin() {
  filled_ = kMelReach;
  samples_ = 0;
  ended_ = false;
}

// Reads until kMostFrames frames are in the buffer, or all that there are.
Status MelStream::fill() {
  if (ended_) return ok();
  const std::span<float> space = std::span(buffer_).subspan(filled_);
  const Result<std::size_t> got = sound_->read(space);
  if (!got) return got.error();
  if (samples_ == 0) {
    mirror_beginning(space.first(*got), std::span(buffer_).first(kMelReach));
  }
  ended_ = *got < space.size();
  samples_ += *got;
  filled_ += *got;
  if (ended_) std::fill(space.begin() + static_cast<std::ptrdiff_t>(*got), space.end(), 0.0F);
  return ok();
}

// Frames in the buffer: those that begin before the sound's end.
std::size_t MelStream::ready() const noexcept {
  return std::min((filled_ + kMelHop - 1) / kMelHop, kMostFrames);
}

void MelStream::advance(std::size_t frames) {
  const std::size_t step = frames * kMelHop;
  const auto rest = std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(step), buffer_.end(),
                              buffer_.begin());
  std::fill(rest, buffer_.end(), 0.0F);
  filled_ -= std::min(filled_, step);
}

Result<std::span<const float>> MelStream::next() {
  if (Status s = fill(); !s) return std::move(s).error();
  const std::size_t count = ready();
  const std::span<float> out = std::span(frames_).first(count * bands());
  log_mel_(buffer_, count, out);
  advance(count);
  return std::span<const float>(out);
}

Status MelStream::skip(std::size_t frames) {
  while (frames > 0) {
    if (Status s = fill(); !s) return s;
    const std::size_t count = std::min(frames, ready());
    if (count == 0) break;
    advance(count);
    frames -= count;
  }
  return ok();
}

Status MelStream::rewind() {
  begin();
  return sound_->rewind();
}

}  // namespace sotto::audio
