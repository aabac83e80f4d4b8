// RIFF/WAVE without a library: PCM of 8, 16, 24 and 32 bits, float of 32 and 64, plain or
// WAVE_FORMAT_EXTENSIBLE, at most kMaxChannels channels and kMaxSampleRate.
//
//   "RIFF" size "WAVE"  then chunks, each  id[4] size[4] bytes[size] and a byte more where size is
//   odd "fmt "  format[2] channels[2] rate[4] bytes per second[4] frame bytes[2] bits[2] ... "data"
//   frames, channel after channel, little endian; 8-bit is unsigned
//
// Sizes are taken at their word: a file that is shorter or longer than they say is an error, and so
// is data that does not end with a frame. One exception: a writer that could not go back (a pipe)
// leaves 0 or 0xFFFFFFFF in both sizes; then the data goes to the end of the file.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lib/audio/audio.h"
#include "lib/audio/decoder.h"
#include "lib/audio/source.h"

namespace sotto::audio {

enum class WavEncoding { kPcm8, kPcm16, kPcm24, kPcm32, kFloat32, kFloat64, kOther };

// Where a file's samples are.
struct WavLayout {
  WavEncoding encoding = WavEncoding::kOther;
  std::uint32_t format = 0;  // the file's number for kOther
  std::uint32_t bits = 0;    // a sample's
  std::uint32_t channels = 0;
  std::uint32_t sample_rate = 0;
  std::uint32_t frame_bytes = 0;  // not 0; channels * bits / 8 but for kOther
  std::uint64_t data_begin = 0;
  std::uint64_t data_bytes = 0;  // lie in the file
};

// Whether `source` begins with RIFF, so that it must be what this reader takes.
bool is_riff(Source& source);

Result<WavLayout> read_wav_layout(Source& source);

// The frames of `source`, which has that layout. kUnsupported for WavEncoding::kOther. int16
// becomes value / 32768, and the other widths alike.
Result<std::unique_ptr<Decoder>> decode_wav(std::unique_ptr<Source> source,
                                            const WavLayout& layout);

// The whole sound of a file in memory; `name` stands for it in messages.
Result<Sound> read_wav(std::string name, std::span<const std::byte> bytes,
                       const ReadOptions& options = {});

}  // namespace sotto::audio
