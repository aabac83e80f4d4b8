// Sound of any length as a stream of mono samples that is read block by block, so that the memory
// it takes does not grow with it.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "lib/audio/audio.h"

namespace sotto::audio {

// Not for use by several threads at once. After an error only rewind() and the destructor may be
// called.
class Stream {
 public:
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  const std::string& name() const noexcept { return name_; }  // in messages
  int sample_rate() const noexcept { return sample_rate_; }   // samples per second

  // How many samples there are in all, where that is known without reading them.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }

  // Copies the next samples into `out`; returns how many, fewer than out.size() at the end alone.
  virtual Result<std::size_t> read(std::span<float> out) = 0;

  // Goes back to the first sample; the samples are the same then, unless the file has changed.
  virtual Status rewind() = 0;

 protected:
  Stream(std::string name, int sample_rate) : name_(std::move(name)), sample_rate_(sample_rate) {}

 private:
  std::string name_;
  int sample_rate_;
};

// The samples of a file, checked and mixed as read_file() says, which is read while the stream is;
// but a named pipe is first read to its end into memory.
Result<std::unique_ptr<Stream>> open_file(const std::filesystem::path& path,
                                          const ReadOptions& options = {});

// The same for a file in memory, which must outlive the stream.
Result<std::unique_ptr<Stream>> open_bytes(std::string name, std::span<const std::byte> bytes,
                                           const ReadOptions& options = {});

// Samples in memory as they are, unchecked; they must outlive the stream.
class SampleStream final : public Stream {
 public:
  SampleStream(std::string name, std::span<const float> samples, int sample_rate)
      : Stream(std::move(name), sample_rate), samples_(samples) {}

  std::optional<std::uint64_t> length() const override { return samples_.size(); }
  Result<std::size_t> read(std::span<float> out) override;
  Status rewind() override;

 private:
  std::span<const float> samples_;
  std::size_t at_ = 0;
};

// `stream` at another rate, as resample() makes it; itself where it has that rate already. Errors:
// those of resample().
Result<std::unique_ptr<Stream>> resampled(std::unique_ptr<Stream> stream, int to_rate);

// What is left of `stream`.
Result<Sound> read_rest(Stream& stream);

}  // namespace sotto::audio
