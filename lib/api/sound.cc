#include "lib/api/sound.h"

#include <algorithm>

#include "lib/base/error.h"

namespace sotto::api {
namespace {

constexpr std::string_view kName = "the sound";

Status check_length(const SoundSource& source, std::uint64_t samples) {
  constexpr double kMostSeconds = audio::ReadOptions{}.max_seconds;
  if (static_cast<double>(samples) <= kMostSeconds * source.sample_rate) return ok();
  return base::error(ErrorCode::kOutOfMemory, kName, ": is longer than the limit of ", kMostSeconds,
                     " seconds");
}

class SourceStream final : public audio::Stream {
 public:
  explicit SourceStream(const SoundSource& source)
      : Stream(std::string(kName), source.sample_rate), source_(source) {}

  std::optional<std::uint64_t> length() const override { return source_.length; }
  Status rewind() override {
    at_ = 0;
    return ok();
  }
  Result<std::size_t> read(std::span<float> out) override {
    const Result<std::size_t> got = source_.read(at_, out);
    if (!got) return got.error();
    if (*got > out.size()) {
      return base::error(ErrorCode::kInvalidArgument, kName, ": ", *got,
                         " samples were read where ", out.size(), " were asked for");
    }
    if (Status s = audio::check_samples(kName, out.first(*got), at_); !s) {
      return Error{ErrorCode::kInvalidArgument, std::move(s).error().message};
    }
    at_ += *got;
    if (Status s = check_length(source_, at_); !s) return std::move(s).error();
    return *got;
  }

 private:
  const SoundSource& source_;
  std::uint64_t at_ = 0;
};

class AbortableStream final : public audio::Stream {
 public:
  AbortableStream(std::unique_ptr<Stream> stream, decode::Abort& abort)
      : Stream(stream->name(), stream->sample_rate()), stream_(std::move(stream)), abort_(abort) {}

  std::optional<std::uint64_t> length() const override { return stream_->length(); }
  Status rewind() override { return stream_->rewind(); }
  Result<std::size_t> read(std::span<float> out) override {
    if (abort_.requested()) return base::error(ErrorCode::kAborted, "aborted");
    return stream_->read(out);
  }

 private:
  std::unique_ptr<Stream> stream_;
  decode::Abort& abort_;
};

}  // namespace

Result<std::unique_ptr<audio::Stream>> open_source(const SoundSource& source) {
  if (!source.read) {
    return base::error(ErrorCode::kInvalidArgument, kName, ": there is nothing to read it with");
  }
  if (source.sample_rate < 1 || source.sample_rate > audio::kMaxSampleRate) {
    return base::error(ErrorCode::kInvalidArgument, "sample_rate is ", source.sample_rate,
                       ", expected 1 to ", audio::kMaxSampleRate);
  }
  if (Status s = check_length(source, source.length.value_or(0)); !s) return std::move(s).error();
  return std::unique_ptr<audio::Stream>(std::make_unique<SourceStream>(source));
}

std::unique_ptr<audio::Stream> abortable(std::unique_ptr<audio::Stream> stream,
                                         decode::Abort* abort) {
  if (abort == nullptr) return stream;
  return std::make_unique<AbortableStream>(std::move(stream), *abort);
}

Ahead::Ahead(std::unique_ptr<audio::Stream> stream, std::size_t most)
    : stream_(std::move(stream)), buffer_(most) {}

Result<std::span<const float>> Ahead::look(std::size_t count) {
  if (stream_ == nullptr) return held_;
  if (held_.size() < count) {
    std::copy(held_.begin(), held_.end(), buffer_.begin());
    const std::size_t kept = held_.size();
    const Result<std::size_t> got = stream_->read(std::span(buffer_).subspan(kept, count - kept));
    if (!got) return got.error();
    held_ = std::span(buffer_).first(kept + *got);
  }
  return held_;
}

void Ahead::leave(std::size_t count) {
  held_ = held_.subspan(count);
  left_ += count;
}

std::optional<std::uint64_t> Ahead::length() const {
  return stream_ == nullptr ? std::optional<std::uint64_t>(left_ + held_.size())
                            : stream_->length();
}

}  // namespace sotto::api
