#include "lib/audio/mixer.h"

#include <cmath>
#include <utility>

#include "lib/base/error.h"

namespace sotto::audio {

using base::error;

Result<Mixer> Mixer::make(std::string_view name, std::int64_t sample_rate, std::int64_t channels,
                          const ReadOptions& options) {
  if (!(options.max_seconds > 0)) {
    return error(ErrorCode::kInvalidArgument, "max_seconds is ", options.max_seconds,
                 ", expected more than 0");
  }
  if (sample_rate < 1 || sample_rate > kMaxSampleRate) {
    return error(ErrorCode::kUnsupported, name, ": the sample rate is ", sample_rate,
                 " Hz, expected 1 to ", kMaxSampleRate);
  }
  if (channels < 1 || channels > kMaxChannels) {
    return error(ErrorCode::kUnsupported, name, ": there are ", channels,
                 " channels, expected 1 to ", kMaxChannels);
  }
  Mixer mixer;
  mixer.name_ = name;
  mixer.channels_ = static_cast<std::size_t>(channels);
  mixer.max_seconds_ = options.max_seconds;
  mixer.sound_.sample_rate = static_cast<int>(sample_rate);
  return mixer;
}

Status Mixer::check_length(std::uint64_t frames) const {
  const double seconds = static_cast<double>(frames) / sound_.sample_rate;
  if (seconds <= max_seconds_) return ok();
  return error(ErrorCode::kOutOfMemory, name_, ": is longer than the limit of ", max_seconds_,
               " seconds");
}

Status Mixer::append(std::span<const float> interleaved) {
  std::vector<float>& samples = sound_.samples;
  if (Status s = check_length(samples.size() + interleaved.size() / channels_); !s) return s;
  if (channels_ == 1) {
    samples.insert(samples.end(), interleaved.begin(), interleaved.end());
    return ok();
  }
  for (std::size_t at = 0; at + channels_ <= interleaved.size(); at += channels_) {
    float sum = 0.0F;
    for (const float value : interleaved.subspan(at, channels_)) sum += value;
    samples.push_back(sum / static_cast<float>(channels_));
  }
  return ok();
}

Result<Sound> Mixer::take() {
  if (Status s = check_samples(name_, sound_.samples); !s) return std::move(s).error();
  return std::move(sound_);
}

Status check_samples(std::string_view name, std::span<const float> samples) {
  if (samples.empty()) return error(ErrorCode::kCorruptFile, name, ": holds no samples");
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i])) {
      return error(ErrorCode::kCorruptFile, name, ": sample ", i, " is ",
                   std::isnan(samples[i]) ? "not a number" : "infinite");
    }
  }
  return ok();
}

}  // namespace sotto::audio
