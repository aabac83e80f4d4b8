#include "lib/audio/sndfile.h"

#include <sndfile.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "lib/base/error.h"

namespace sotto::audio {
namespace {

using base::error;

// What libsndfile reads through: a source and a place in it.
struct Input {
  std::unique_ptr<Source> source;
  sf_count_t at = 0;
};

sf_count_t input_size(void* user) {
  return static_cast<sf_count_t>(static_cast<Input*>(user)->source->size());
}

sf_count_t input_seek(sf_count_t offset, int whence, void* user) {
  auto& input = *static_cast<Input*>(user);
  const sf_count_t size = input_size(user);
  const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? input.at : size;
  // Offsets come from the file's headers.
  if (offset < -from || offset > std::numeric_limits<sf_count_t>::max() - from) return -1;
  input.at = from + offset;
  return input.at;
}

sf_count_t input_read(void* out, sf_count_t count, void* user) {
  auto& input = *static_cast<Input*>(user);
  if (count <= 0) return 0;
  const std::span bytes(static_cast<std::byte*>(out), static_cast<std::size_t>(count));
  const auto got =
      static_cast<sf_count_t>(input.source->read_at(static_cast<std::uint64_t>(input.at), bytes));
  input.at += got;
  return got;
}

sf_count_t input_write(const void*, sf_count_t, void*) { return 0; }

sf_count_t input_tell(void* user) { return static_cast<Input*>(user)->at; }

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

class SndfileDecoder final : public Decoder {
 public:
  explicit SndfileDecoder(std::unique_ptr<Source> source) : input_{std::move(source)} {}

  const std::string& name() const override { return input_.source->name(); }
  std::int64_t sample_rate() const override { return info_.samplerate; }
  std::int64_t channels() const override { return info_.channels; }
  Result<std::size_t> decode(std::span<float> out) override;
  // Opens the file anew: a seek is not exact in every format.
  Status rewind() override;

 private:
  Input input_;
  SF_INFO info_ = {};
  std::unique_ptr<SNDFILE, Close> file_;
  sf_count_t done_ = 0;  // frames
};

Status SndfileDecoder::rewind() {
  const bool again = file_ != nullptr;
  const SF_INFO before = std::exchange(info_, {});
  file_.reset();
  input_.at = 0;
  done_ = 0;
  SF_VIRTUAL_IO io = {input_size, input_seek, input_read, input_write, input_tell};
  file_.reset(sf_open_virtual(&io, SFM_READ, &info_, &input_));
  if (file_ == nullptr) {
    return error(ErrorCode::kUnsupported, name(),
                 ": is not a sound file that can be read: ", sf_strerror(nullptr));
  }
  if (again && (info_.channels != before.channels || info_.samplerate != before.samplerate)) {
    return error(ErrorCode::kIo, name(), ": has changed while it was read");
  }
  return ok();
}

Result<std::size_t> SndfileDecoder::decode(std::span<float> out) {
  const auto want = static_cast<sf_count_t>(out.size()) / info_.channels;
  const sf_count_t got = sf_readf_float(file_.get(), out.data(), want);
  if (got > 0) {
    done_ += got;
    return static_cast<std::size_t>(got);
  }
  if (sf_error(file_.get()) != SF_ERR_NO_ERROR) {
    return error(ErrorCode::kCorruptFile, name(), ": cannot be decoded after frame ", done_, ": ",
                 sf_strerror(file_.get()));
  }
  if (counts_frames(info_) && done_ < info_.frames) {
    return error(ErrorCode::kCorruptFile, name(), ": the header says ", info_.frames,
                 " frames, but there are ", done_, "; the file is cut short");
  }
  return std::size_t{0};
}

}  // namespace

Result<std::unique_ptr<Decoder>> decode_with_sndfile(std::unique_ptr<Source> source) {
  if (Status s = check_aiff_size(*source); !s) return std::move(s).error();
  auto decoder = std::make_unique<SndfileDecoder>(std::move(source));
  if (Status s = decoder->rewind(); !s) return std::move(s).error();
  return std::unique_ptr<Decoder>(std::move(decoder));
}

}  // namespace sotto::audio
