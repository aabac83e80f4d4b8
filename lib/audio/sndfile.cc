#include "lib/audio/sndfile.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audio/mixer.h"
#include "lib/base/error.h"

namespace sotto::audio {
namespace {

using base::error;

constexpr std::size_t kBlockSamples = 16384;

// What libsndfile reads through: a source and a place in it.
struct Stream {
  Source& source;
  sf_count_t at = 0;
};

sf_count_t stream_size(void* user) {
  return static_cast<sf_count_t>(static_cast<Stream*>(user)->source.size());
}

sf_count_t stream_seek(sf_count_t offset, int whence, void* user) {
  auto& stream = *static_cast<Stream*>(user);
  const sf_count_t size = stream_size(user);
  const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? stream.at : size;
  // Offsets come from the file's headers.
  if (offset < -from || offset > std::numeric_limits<sf_count_t>::max() - from) return -1;
  stream.at = from + offset;
  return stream.at;
}

sf_count_t stream_read(void* out, sf_count_t count, void* user) {
  auto& stream = *static_cast<Stream*>(user);
  if (count <= 0) return 0;
  const std::span bytes(static_cast<std::byte*>(out), static_cast<std::size_t>(count));
  const auto got =
      static_cast<sf_count_t>(stream.source.read_at(static_cast<std::uint64_t>(stream.at), bytes));
  stream.at += got;
  return got;
}

sf_count_t stream_write(const void*, sf_count_t, void*) { return 0; }

sf_count_t stream_tell(void* user) { return static_cast<Stream*>(user)->at; }

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

// libsndfile takes an AIFF file that ends early for a shorter one.
Status check_aiff_size(Source& source) {
  std::array<std::byte, 8> header{};
  if (source.read_at(0, header) != header.size()) return ok();
  constexpr std::string_view kId = "FORM";
  for (std::size_t i = 0; i < kId.size(); ++i) {
    if (header[i] != static_cast<std::byte>(kId[i])) return ok();
  }
  std::uint64_t claimed = 0;
  for (std::size_t i = 4; i < 8; ++i)
    claimed = claimed << 8 | std::to_integer<std::uint64_t>(header[i]);
  const std::uint64_t held = source.size() - header.size();
  if (claimed <= held) return ok();
  return error(ErrorCode::kCorruptFile, source.name(), ": the FORM size is ", claimed, ", but ",
               held, " bytes follow it; the file is cut short");
}

// Whether the header counts the frames, so that fewer mean that the file is cut short. The lengths
// of MPEG and Ogg streams are estimates, or come from the last page that is there.
bool counts_frames(const SF_INFO& info) {
  const int container = info.format & SF_FORMAT_TYPEMASK;
  return container != SF_FORMAT_MPEG && container != SF_FORMAT_OGG && info.frames > 0 &&
         info.frames < std::numeric_limits<sf_count_t>::max();
}

}  // namespace

Result<Sound> read_with_sndfile(Source& source, const ReadOptions& options) {
  const std::string& name = source.name();
  if (Status s = check_aiff_size(source); !s) return std::move(s).error();
  SF_VIRTUAL_IO io = {stream_size, stream_seek, stream_read, stream_write, stream_tell};
  Stream stream{source};
  SF_INFO info = {};
  const std::unique_ptr<SNDFILE, Close> file(sf_open_virtual(&io, SFM_READ, &info, &stream));
  if (file == nullptr) {
    return error(ErrorCode::kUnsupported, name,
                 ": is not a sound file that can be read: ", sf_strerror(nullptr));
  }
  Result<Mixer> mixer = Mixer::make(name, info.samplerate, info.channels, options);
  if (!mixer) return std::move(mixer).error();
  const auto block_frames =
      static_cast<sf_count_t>(std::max<std::size_t>(1, kBlockSamples / mixer->channels()));
  std::vector<float> block(static_cast<std::size_t>(block_frames) * mixer->channels());
  sf_count_t frames = 0;
  while (true) {
    const sf_count_t got = sf_readf_float(file.get(), block.data(), block_frames);
    if (got <= 0) break;
    frames += got;
    const std::size_t count = static_cast<std::size_t>(got) * mixer->channels();
    if (Status s = mixer->append(std::span(block).first(count)); !s) return std::move(s).error();
  }
  if (sf_error(file.get()) != SF_ERR_NO_ERROR) {
    return error(ErrorCode::kCorruptFile, name, ": cannot be decoded after frame ", frames, ": ",
                 sf_strerror(file.get()));
  }
  if (counts_frames(info) && frames < info.frames) {
    return error(ErrorCode::kCorruptFile, name, ": the header says ", info.frames,
                 " frames, but there are ", frames, "; the file is cut short");
  }
  return mixer->take();
}

}  // namespace sotto::audio
