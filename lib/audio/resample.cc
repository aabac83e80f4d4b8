#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "lib/audio/audio.h"
#include "lib/audio/stream.h"
#include "lib/base/error.h"

#ifdef SOTTO_WITH_SAMPLERATE
#include <samplerate.h>
#endif

namespace sotto::audio {
namespace {

using base::error;

Status check_rates(int from_rate, int to_rate) {
  constexpr int kMaxRatio = 256;  // libsamplerate's own limit
  const auto in_range = [](int rate) { return rate >= 1 && rate <= kMaxSampleRate; };
  if (in_range(from_rate) && in_range(to_rate) && from_rate / kMaxRatio < to_rate &&
      to_rate / kMaxRatio < from_rate) {
    return ok();
  }
  return error(ErrorCode::kInvalidArgument, "cannot resample from ", from_rate, " to ", to_rate,
               " Hz: expected 1 to ", kMaxSampleRate, " Hz, less than ", kMaxRatio, " times apart");
}

#ifdef SOTTO_WITH_SAMPLERATE

constexpr std::size_t kBlock = 4096;  // samples that are read at once

struct Delete {
  void operator()(SRC_STATE* state) const { src_delete(state); }
};

// A sound with its own mirror image before and after it, where a filter reaches beyond its ends:
// silence there would be a step, which rings. openai/whisper's sounds come from ffmpeg, which does
// the same (libswresample): the first sample stands once, the last twice.
class Mirrored {
 public:
  // Gives `before` samples before the sound, and `reach` after it.
  Mirrored(std::unique_ptr<Stream> source, std::size_t before, std::size_t reach)
      : source_(std::move(source)), before_(before), reach_(reach) {}

  const Stream& source() const { return *source_; }
  std::uint64_t samples() const { return samples_; }  // of the sound, so far
  bool sound_ended() const { return sound_ended_; }   // samples() are all

  // As Stream::read().
  Result<std::size_t> read(std::span<float> out);
  Status rewind();

 private:
  Status begin();
  void end();

  std::unique_ptr<Stream> source_;
  std::size_t before_, reach_;
  std::uint64_t samples_ = 0;
  bool begun_ = false;
  bool sound_ended_ = false;
  std::vector<float> queue_;  // to be given before the source is read on
  std::size_t queue_at_ = 0;
  std::vector<float> last_;  // of the sound, at most reach_
};

Status Mirrored::begin() {
  begun_ = true;
  std::vector<float> first(before_ + 1);
  const Result<std::size_t> got = source_->read(first);
  if (!got) return got.error();
  queue_.assign(before_, 0.0F);
  for (std::size_t i = 1; i < *got; ++i) queue_[before_ - i] = first[i];
  queue_.insert(queue_.end(), first.begin(), first.begin() + static_cast<std::ptrdiff_t>(*got));
  samples_ = *got;
  last_.assign(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(*got));
  if (*got < first.size()) end();
  return ok();
}

void Mirrored::end() {
  sound_ended_ = true;
  const std::size_t count = std::min(reach_, last_.size());
  queue_.insert(queue_.end(), last_.rbegin(), last_.rbegin() + static_cast<std::ptrdiff_t>(count));
  queue_.insert(queue_.end(), reach_ - count, 0.0F);
}

Result<std::size_t> Mirrored::read(std::span<float> out) {
  if (!begun_) {
    if (Status s = begin(); !s) return std::move(s).error();
  }
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::span<float> rest = out.subspan(filled);
    if (queue_at_ < queue_.size()) {
      const std::size_t count = std::min(rest.size(), queue_.size() - queue_at_);
      std::copy_n(queue_.begin() + static_cast<std::ptrdiff_t>(queue_at_), count, rest.begin());
      queue_at_ += count;
      filled += count;
      continue;
    }
    if (sound_ended_) break;
    queue_.clear();
    queue_at_ = 0;
    const Result<std::size_t> got = source_->read(rest);
    if (!got) return got.error();
    samples_ += *got;
    filled += *got;
    last_.insert(last_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(*got));
    if (last_.size() > reach_) {
      last_.erase(last_.begin(), last_.end() - static_cast<std::ptrdiff_t>(reach_));
    }
    if (*got < rest.size()) end();
  }
  return filled;
}

Status Mirrored::rewind() {
  samples_ = 0;
  begun_ = false;
  sound_ended_ = false;
  queue_.clear();
  queue_at_ = 0;
  last_.clear();
  return source_->rewind();
}

class Resampler final : public Stream {
 public:
  Resampler(std::unique_ptr<Stream> source, int to_rate, std::unique_ptr<SRC_STATE, Delete> state)
      : Stream(source->name(), to_rate),
        from_rate_(source->sample_rate()),
        ratio_(static_cast<double>(to_rate) / from_rate_),
        before_(samples_before(from_rate_, to_rate)),
        source_(std::move(source), before_, reach(from_rate_, to_rate)),
        state_(std::move(state)),
        block_(kBlock) {}

  std::optional<std::uint64_t> length() const override {
    const std::optional<std::uint64_t> length = source_.source().length();
    return length ? std::optional(length_of(*length)) : std::nullopt;
  }
  Result<std::size_t> read(std::span<float> out) override;
  Status rewind() override;

 private:
  // Samples of the source that the filter sees to each side: 46 zero crossings of the lower rate.
  static std::size_t reach(int from_rate, int to_rate) {
    constexpr double kCrossings = 48;
    return static_cast<std::size_t>(kCrossings * std::max(1.0, double(from_rate) / to_rate));
  }
  // As many before the sound that they make a whole number of samples; none where that would be
  // long, with rates that have little in common.
  static std::size_t samples_before(int from_rate, int to_rate) {
    constexpr std::size_t kMost = 1 << 16;
    const auto step = static_cast<std::size_t>(from_rate / std::gcd(from_rate, to_rate));
    const std::size_t before = (reach(from_rate, to_rate) + step - 1) / step * step;
    return before <= kMost ? before : 0;
  }
  std::uint64_t length_of(std::uint64_t samples) const {
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(samples) * ratio_));
  }
  Status fill();
  Result<std::size_t> make(std::span<float> out);
  Status skip_mirror();

  int from_rate_;
  double ratio_;
  std::size_t before_;
  Mirrored source_;
  std::unique_ptr<SRC_STATE, Delete> state_;
  std::vector<float> block_;
  std::span<const float> input_;  // of block_, not yet used
  std::uint64_t made_ = 0;
  bool begun_ = false;
  bool ended_ = false;  // source_ has
};

Status Resampler::fill() {
  const Result<std::size_t> got = source_.read(block_);
  if (!got) return got.error();
  input_ = std::span(block_).first(*got);
  ended_ = *got < block_.size();
  return ok();
}

// Some of the next samples, at least one: at the end zeros, where the filter gives one less.
Result<std::size_t> Resampler::make(std::span<float> out) {
  for (;;) {
    if (input_.empty() && !ended_) {
      if (Status s = fill(); !s) return std::move(s).error();
    }
    SRC_DATA data = {};
    data.data_in = input_.empty() ? block_.data() : input_.data();
    data.input_frames = static_cast<long>(input_.size());
    data.data_out = out.data();
    data.output_frames = static_cast<long>(out.size());
    data.end_of_input = ended_ ? 1 : 0;
    data.src_ratio = ratio_;
    if (const int failure = src_process(state_.get(), &data); failure != 0) {
      return error(ErrorCode::kInternal, name(), ": resample: ", src_strerror(failure));
    }
    input_ = input_.subspan(static_cast<std::size_t>(data.input_frames_used));
    if (data.output_frames_gen > 0) return static_cast<std::size_t>(data.output_frames_gen);
    if (ended_ && data.input_frames_used == 0) {
      std::fill(out.begin(), out.end(), 0.0F);
      return out.size();
    }
  }
}

// Drops what the samples before the sound become.
Status Resampler::skip_mirror() {
  begun_ = true;
  std::size_t left = static_cast<std::size_t>(length_of(before_));
  std::vector<float> dropped(std::min(left, kBlock));
  while (left > 0) {
    const Result<std::size_t> made = make(std::span(dropped).first(std::min(left, kBlock)));
    if (!made) return made.error();
    left -= *made;
  }
  return ok();
}

// The filter looks ahead, so that before the sound ends it has made less than of all its samples.
Result<std::size_t> Resampler::read(std::span<float> out) {
  if (!begun_) {
    if (Status s = skip_mirror(); !s) return std::move(s).error();
  }
  std::size_t filled = 0;
  while (filled < out.size()) {
    if (input_.empty() && !ended_) {
      if (Status s = fill(); !s) return std::move(s).error();
    }
    std::span<float> rest = out.subspan(filled);
    if (source_.sound_ended()) {
      const std::uint64_t left = length_of(source_.samples()) - made_;
      rest = rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, rest.size())));
      if (rest.empty()) break;
    }
    const Result<std::size_t> made = make(rest);
    if (!made) return made.error();
    made_ += *made;
    filled += *made;
  }
  return filled;
}

Status Resampler::rewind() {
  if (const int failure = src_reset(state_.get()); failure != 0) {
    return error(ErrorCode::kInternal, name(), ": resample: ", src_strerror(failure));
  }
  input_ = {};
  made_ = 0;
  begun_ = false;
  ended_ = false;
  return source_.rewind();
}

Result<std::unique_ptr<Stream>> convert(std::unique_ptr<Stream> stream, int to_rate) {
  int failure = 0;
  std::unique_ptr<SRC_STATE, Delete> state(src_new(SRC_SINC_MEDIUM_QUALITY, 1, &failure));
  if (state == nullptr) return error(ErrorCode::kOutOfMemory, "resample: ", src_strerror(failure));
  return std::unique_ptr<Stream>(
      std::make_unique<Resampler>(std::move(stream), to_rate, std::move(state)));
}

#else

Result<std::unique_ptr<Stream>> convert(std::unique_ptr<Stream> stream, int to_rate) {
  return error(ErrorCode::kUnsupported, "cannot resample from ", stream->sample_rate(), " to ",
               to_rate, " Hz: sotto was built without libsamplerate");
}

#endif

}  // namespace

Result<std::unique_ptr<Stream>> resampled(std::unique_ptr<Stream> stream, int to_rate) {
  if (Status s = check_rates(stream->sample_rate(), to_rate); !s) return std::move(s).error();
  if (stream->sample_rate() == to_rate) return stream;
  return convert(std::move(stream), to_rate);
}

Result<std::vector<float>> resample(std::span<const float> samples, int from_rate, int to_rate) {
  Result<std::unique_ptr<Stream>> stream =
      resampled(std::make_unique<SampleStream>("resample", samples, from_rate), to_rate);
  if (!stream) return std::move(stream).error();
  Result<Sound> sound = read_rest(**stream);
  if (!sound) return std::move(sound).error();
  return std::move(sound->samples);
}

}  // namespace sotto::audio
