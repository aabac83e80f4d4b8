#include "lib/audio/mixer.h"

#include <algorithm>
#include <utility>

#include "lib/base/error.h"

namespace sotto::audio {
namespace {

using base::error;

constexpr std::size_t kBlockSamples = 16384;

}  // namespace

Result<std::unique_ptr<Stream>> Mixer::make(std::unique_ptr<Decoder> decoder,
                                            const ReadOptions& options) {
  if (!(options.max_seconds > 0)) {
    return error(ErrorCode::kInvalidArgument, "max_seconds is ", options.max_seconds,
                 ", expected more than 0");
  }
  if (const std::int64_t rate = decoder->sample_rate(); rate < 1 || rate > kMaxSampleRate) {
    return error(ErrorCode::kUnsupported, decoder->name(), ": the sample rate is ", rate,
                 " Hz, expected 1 to ", kMaxSampleRate);
  }
  if (const std::int64_t channels = decoder->channels(); channels < 1 || channels > kMaxChannels) {
    return error(ErrorCode::kUnsupported, decoder->name(), ": there are ", channels,
                 " channels, expected 1 to ", kMaxChannels);
  }
  std::unique_ptr<Mixer> mixer(new Mixer(std::move(decoder), options.max_seconds));
  if (Status s = mixer->check_length(mixer->length().value_or(0)); !s) return std::move(s).error();
  return std::unique_ptr<Stream>(std::move(mixer));
}

Mixer::Mixer(std::unique_ptr<Decoder> decoder, double max_seconds)
    : Stream(decoder->name(), static_cast<int>(decoder->sample_rate())),
      decoder_(std::move(decoder)),
      channels_(static_cast<std::size_t>(decoder_->channels())),
      max_seconds_(max_seconds) {
  if (channels_ > 1) interleaved_.resize(kBlockSamples / channels_ * channels_);
}

Status Mixer::check_length(std::uint64_t frames) const {
  const double seconds = static_cast<double>(frames) / sample_rate();
  if (seconds <= max_seconds_) return ok();
  return error(ErrorCode::kOutOfMemory, name(), ": is longer than the limit of ", max_seconds_,
               " seconds");
}

Result<std::size_t> Mixer::read(std::span<float> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::span<float> rest = out.subspan(filled);
    const std::span<float> block =
        channels_ == 1
            ? rest
            : std::span(interleaved_)
                  .first(std::min(rest.size(), interleaved_.size() / channels_) * channels_);
    const Result<std::size_t> got = decoder_->decode(block);
    if (!got) return got.error();
    if (*got == 0) break;
    if (Status s = check_length(done_ + *got); !s) return std::move(s).error();
    if (channels_ > 1) {
      for (std::size_t i = 0; i < *got; ++i) {
        float sum = 0.0F;
        for (const float value : block.subspan(i * channels_, channels_)) sum += value;
        rest[i] = sum / static_cast<float>(channels_);
      }
    }
    if (Status s = check_samples(name(), rest.first(*got), done_); !s) return std::move(s).error();
    done_ += *got;
    filled += *got;
  }
  return filled;
}

Status Mixer::rewind() {
  done_ = 0;
  return decoder_->rewind();
}

}  // namespace sotto::audio
