#include "lib/audio/mel_source.h"

#include <algorithm>
#include <utility>

#include "lib/base/error.h"

namespace sotto::audio {

Status MelSource::open(std::unique_ptr<Stream> sound) {
  Result<std::unique_ptr<Stream>> stream = resampled(std::move(sound), kMelRate);
  if (!stream) return std::move(stream).error();
  stream_.open(*std::move(stream));
  maximum_ = kMelFloor;
  kept_.clear();
  kept_begin_ = kept_end_ = 0;
  return scan();
}

Status MelSource::scan() {
  while (true) {
    const Result<std::span<const float>> frames = stream_.next();
    if (!frames) return frames.error();
    if (frames->empty()) break;
    maximum_ = std::max(maximum_, *std::max_element(frames->begin(), frames->end()));
    keep(*frames);
  }
  heard_frames_ = kept_end_;
  samples_ = stream_.samples();
  return ok();
}

void MelSource::keep(std::span<const float> frames) {
  for (std::size_t at = 0; at < frames.size(); at += bands()) {
    const std::size_t place = kept_end_ % kept_frames_ * bands();
    if (place == kept_.size()) {
      if (place == kept_.capacity()) {  // doubles, but not beyond what will be used
        const std::size_t more = std::max(2 * place, frames.size());
        kept_.reserve(std::min(more, kept_frames_ * bands()));
      }
      kept_.resize(place + bands());
    }
    std::copy_n(frames.begin() + static_cast<std::ptrdiff_t>(at), bands(),
                kept_.begin() + static_cast<std::ptrdiff_t>(place));
    ++kept_end_;
  }
  kept_begin_ = std::max(kept_begin_, kept_end_ - std::min(kept_end_, kept_frames_));
}

// Sees to it that `frame` is kept.
Status MelSource::move_to(std::size_t frame) {
  if (frame < kept_begin_) {
    if (Status s = stream_.rewind(); !s) return s;
    kept_begin_ = kept_end_ = 0;
  }
  // From a place far ahead nothing that is kept now would be kept then.
  if (frame > kept_end_ + kept_frames_) {
    if (Status s = stream_.skip(frame - kept_end_); !s) return s;
    kept_begin_ = kept_end_ = frame;
  }
  while (frame >= kept_end_) {
    const Result<std::span<const float>> frames = stream_.next();
    if (!frames) return frames.error();
    if (frames->empty()) {
      return base::error(ErrorCode::kIo, stream_.name(), ": has changed while it was read: had ",
                         samples_, " samples at first, then ", stream_.samples());
    }
    keep(*frames);
  }
  return ok();
}

Status MelSource::read(std::size_t seek, std::size_t count, std::span<float> out) {
  const std::size_t end = seek + count;
  for (std::size_t frame = seek; frame < end;) {
    const auto to = out.begin() + static_cast<std::ptrdiff_t>((frame - seek) * bands());
    if (frame >= heard_frames_) {
      std::fill(to, out.end(), kMelFloor);
      break;
    }
    if (Status s = move_to(frame); !s) return s;
    const std::size_t place = frame % kept_frames_;
    const std::size_t held = std::min({kept_end_, end, frame + kept_frames_ - place}) - frame;
    std::copy_n(kept_.begin() + static_cast<std::ptrdiff_t>(place * bands()), held * bands(), to);
    frame += held;
  }
  normalize(out, maximum_);
  return ok();
}

}  // namespace sotto::audio
