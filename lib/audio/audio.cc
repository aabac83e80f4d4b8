#include "lib/audio/audio.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <system_error>
#include <utility>

#include "lib/audio/source.h"
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

Result<Sound> read_other(Source& source, const ReadOptions& options) {
  return read_with_sndfile(source, options);
}
Result<Sound> read_other_wav(Source& source, const WavLayout&, const ReadOptions& options) {
  return read_with_sndfile(source, options);
}

#else

Result<Sound> read_other(Source& source, const ReadOptions&) {
  return error(ErrorCode::kUnsupported, source.name(),
               ": is not a WAV file, and sotto was built without libsndfile for others");
}
Result<Sound> read_other_wav(Source& source, const WavLayout& layout, const ReadOptions& options) {
  return read_wav_samples(source, layout, options);  // says what it cannot read
}

#endif

Result<Sound> read(Source& source, const ReadOptions& options) {
  if (source.size() == 0) return error(ErrorCode::kCorruptFile, source.name(), ": is empty");
  if (!is_riff(source)) return read_other(source, options);
  const Result<WavLayout> layout = read_wav_layout(source);
  if (!layout) return layout.error();
  if (layout->encoding == WavEncoding::kOther) return read_other_wav(source, *layout, options);
  return read_wav_samples(source, *layout, options);
}

std::string last_system_error() { return std::generic_category().message(errno); }

Result<Sound> read_pipe(std::string name, std::ifstream file, const ReadOptions& options) {
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
  return read_bytes(std::move(name), bytes, options);
}

}  // namespace

Result<Sound> read_file(const fs::path& path, const ReadOptions& options) {
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
  if (is_pipe) return read_pipe(std::move(name), std::move(file), options);
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) return error(ErrorCode::kIo, name, ": cannot open: ", failure.message());
  FileSource source(std::move(name), std::move(file), size);
  return read(source, options);
}

Result<Sound> read_bytes(std::string name, std::span<const std::byte> bytes,
                         const ReadOptions& options) {
  MemorySource source(std::move(name), bytes);
  return read(source, options);
}

}  // namespace sotto::audio
