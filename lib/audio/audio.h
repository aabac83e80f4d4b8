// Sound in: files of any common format as mono floats, and another sample rate for them.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::audio {

inline constexpr int kMaxChannels = 64;
inline constexpr int kMaxSampleRate = 768000;

struct Sound {
  std::vector<float> samples;  // mono, nominally in [-1, 1]; float files may hold more
  int sample_rate = 0;         // samples per second
};

struct ReadOptions {
  double max_seconds = 24 * 3600;  // a longer sound is an error, found before it fills the memory
};

// Reads a whole sound; the channels' mean is the sample. There may be none. RIFF/WAVE goes by
// decode_wav() (wav.h), what that does not decode and everything else by libsndfile, where the
// library is built with it. A named pipe is read to its end, at most 1 GiB. Files are untrusted: an
// error names the file and what is wrong with it; a sample that is not a finite number is an error
// too.
Result<Sound> read_file(const std::filesystem::path& path, const ReadOptions& options = {});

// The same for a sound in memory; `name` stands for it in messages.
Result<Sound> read_bytes(std::string name, std::span<const std::byte> bytes,
                         const ReadOptions& options = {});

// Band-limited resampling, libsamplerate's "medium" sinc (SNR 121 dB, 90 % of the bandwidth), over
// the sound mirrored at its ends, as ffmpeg does it. The result has to_rate/from_rate times the
// samples, rounded; equal rates copy. Errors: rates that are
// not in [1, kMaxSampleRate] or 256 times apart, or a build without libsamplerate.
Result<std::vector<float>> resample(std::span<const float> samples, int from_rate, int to_rate);

// An error where a sample is NaN or infinite; it names the first such one, counted from `first`.
Status check_samples(std::string_view name, std::span<const float> samples,
                     std::uint64_t first = 0);

}  // namespace sotto::audio
