#include "lib/audio/audio.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include "lib/audio/decoder.h"
#include "lib/audio/mixer.h"
#include "lib/audio/source.h"
#include "lib/audio/stream.h"
#include "lib/audio/wav.h"
#include "lib/base/error.h"

#ifdef SOTTO_WITH_SNDFILE
#include "lib/audio/sndfile.h"
#endif

namespace sotto::audio {
namespace {

namespace fs = std::filesystem;
using base::error;

constexpr std::size_t kMaxPipeBytes = std::size_t{1} << 30;

#ifdef SOTTO_WITH_SNDFILE

Result<std::unique_ptr<Decoder>> decode_other(std::unique_ptr<Source> source) {
  return decode_with_sndfile(std::move(source));
}
Result<std::unique_ptr<Decoder>> decode_other_wav(std::unique_ptr<Source> source,
                                                  const WavLayout&) {
  return decode_with_sndfile(std::move(source));
}

#else

Result<std::unique_ptr<Decoder>> decode_other(std::unique_ptr<Source> source) {
  return error(ErrorCode::kUnsupported, source->name(),
               ": is not a WAV file, and sotto was built without libsndfile for others");
}
Result<std::unique_ptr<Decoder>> decode_other_wav(std::unique_ptr<Source> source,
                                                  const WavLayout& layout) {
  return decode_wav(std::move(source), layout);  // says what it cannot read
}

#endif

Result<std::unique_ptr<Decoder>> decode(std::unique_ptr<Source> source) {
  if (source->size() == 0) return error(ErrorCode::kCorruptFile, source->name(), ": is empty");
  if (!is_riff(*source)) return decode_other(std::move(source));
  const Result<WavLayout> layout = read_wav_layout(*source);
  if (!layout) return layout.error();
  if (layout->encoding == WavEncoding::kOther) return decode_other_wav(std::move(source), *layout);
  return decode_wav(std::move(source), *layout);
}

Result<std::unique_ptr<Stream>> open(std::unique_ptr<Source> source, const ReadOptions& options) {
  Result<std::unique_ptr<Decoder>> decoder = decode(std::move(source));
  if (!decoder) return std::move(decoder).error();
  return Mixer::make(*std::move(decoder), options);
}

Result<Sound> read(Result<std::unique_ptr<Stream>> stream) {
  if (!stream) return std::move(stream).error();
  return read_rest(**stream);
}

std::string last_system_error() { return std::generic_category().message(errno); }

Result<std::unique_ptr<Stream>> open_pipe(std::string name, std::ifstream file,
                                          const ReadOptions& options) {
  std::vector<std::byte> bytes;
  std::array<char, 65536> block{};
  while (file.read(block.data(), block.size()), file.gcount() > 0) {
    const auto got = static_cast<std::size_t>(file.gcount());
    if (bytes.size() + got > kMaxPipeBytes) {
      return error(ErrorCode::kOutOfMemory, name, ": gives more than ", kMaxPipeBytes, " bytes");
    }
    const auto* begin = reinterpret_cast<const std::byte*>(block.data());
    bytes.insert(bytes.end(), begin, begin + got);
  }
  return open(std::make_unique<BufferSource>(std::move(name), std::move(bytes)), options);
}

}  // namespace

Result<std::unique_ptr<Stream>> open_file(const fs::path& path, const ReadOptions& options) {
  std::string name = path.string();
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found || failure) {
    return error(ErrorCode::kIo, name, ": cannot open: ",
                 failure ? failure.message() : std::string("No such file or directory"));
  }
  if (status.type() == fs::file_type::directory) {
    return error(ErrorCode::kIo, name, ": is a directory, expected a sound file");
  }
  const bool is_pipe = status.type() == fs::file_type::fifo;
  if (!is_pipe && status.type() != fs::file_type::regular) {
    return error(ErrorCode::kIo, name, ": is neither a file nor a pipe");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return error(ErrorCode::kIo, name, ": cannot open: ", last_system_error());
  if (is_pipe) return open_pipe(std::move(name), std::move(file), options);
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) return error(ErrorCode::kIo, name, ": cannot open: ", failure.message());
  return open(std::make_unique<FileSource>(std::move(name), std::move(file), size), options);
}

Result<std::unique_ptr<Stream>> open_bytes(std::string name, std::span<const std::byte> bytes,
                                           const ReadOptions& options) {
  return open(std::make_unique<MemorySource>(std::move(name), bytes), options);
}

Result<Sound> read_file(const fs::path& path, const ReadOptions& options) {
  return read(open_file(path, options));
}

Result<Sound> read_bytes(std::string name, std::span<const std::byte> bytes,
                         const ReadOptions& options) {
  return read(open_bytes(std::move(name), bytes, options));
}

Status check_samples(std::string_view name, std::span<const float> samples, std::uint64_t first) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i])) {
      return error(ErrorCode::kCorruptFile, name, ": sample ", first + i, " is ",
                   std::isnan(samples[i]) ? "not a number" : "infinite");
    }
  }
  return ok();
}

}  // namespace sotto::audio
