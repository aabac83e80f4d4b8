#include "lib/audio/wav.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audio/mixer.h"
#include "lib/base/error.h"

namespace sotto::audio {
namespace {

using base::error;

constexpr std::uint32_t kFormatPcm = 1;
constexpr std::uint32_t kFormatFloat = 3;
constexpr std::uint32_t kFormatExtensible = 0xFFFE;
constexpr std::uint64_t kRiffHeaderBytes = 12;
constexpr std::uint64_t kChunkHeaderBytes = 8;
constexpr std::size_t kFormatBytes = 16;
constexpr std::size_t kExtensibleBytes = 40;
constexpr std::size_t kMaxChunks = 1024;
constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
// The bytes of WAVE_FORMAT_EXTENSIBLE's sub-format behind the two that are a plain format number.
constexpr std::array<std::uint8_t, 14> kSubFormatTail = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                                         0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};

template <typename Unsigned>
Unsigned little_endian(const std::byte* bytes) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = static_cast<Unsigned>(value | std::to_integer<Unsigned>(bytes[i]) << (8 * i));
  }
  return value;
}
std::uint32_t u16(std::span<const std::byte> bytes, std::size_t at) {
  return little_endian<std::uint16_t>(bytes.subspan(at, 2).data());
}
std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) {
  return little_endian<std::uint32_t>(bytes.subspan(at, 4).data());
}
bool has_id(std::span<const std::byte> bytes, std::size_t at, std::string_view id) {
  return std::equal(id.begin(), id.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

bool is_streamed_size(std::uint64_t size) { return size == 0 || size == 0xFFFFFFFF; }

WavEncoding encoding_of(std::uint32_t format, std::uint32_t bits) {
  if (format == kFormatPcm) {
    if (bits == 8) return WavEncoding::kPcm8;
    if (bits == 16) return WavEncoding::kPcm16;
    if (bits == 24) return WavEncoding::kPcm24;
    if (bits == 32) return WavEncoding::kPcm32;
  }
  if (format == kFormatFloat) {
    if (bits == 32) return WavEncoding::kFloat32;
    if (bits == 64) return WavEncoding::kFloat64;
  }
  return WavEncoding::kOther;
}

// The "fmt " chunk; `chunk` holds as much of it as is of use.
Status read_format(const std::string& name, std::span<const std::byte> chunk, WavLayout& layout) {
  if (chunk.size() < kFormatBytes) {
    return error(ErrorCode::kCorruptFile, name, ": the format chunk has ", chunk.size(),
                 " bytes, expected at least ", kFormatBytes);
  }
  layout.format = u16(chunk, 0);
  layout.channels = u16(chunk, 2);
  layout.sample_rate = u32(chunk, 4);
  layout.frame_bytes = u16(chunk, 12);
  layout.bits = u16(chunk, 14);
  if (layout.format == kFormatExtensible) {
    if (chunk.size() < kExtensibleBytes) {
      return error(ErrorCode::kCorruptFile, name, ": the extensible format chunk has ",
                   chunk.size(), " bytes, expected ", kExtensibleBytes);
    }
    const bool plain = std::equal(kSubFormatTail.begin(), kSubFormatTail.end(), chunk.begin() + 26,
                                  [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
    if (plain) layout.format = u16(chunk, 24);
    if (const std::uint32_t valid = u16(chunk, 18); plain && valid > layout.bits) {
      return error(ErrorCode::kCorruptFile, name, ": ", valid, " bits of a sample are valid, of ",
                   layout.bits);
    }
  }
  layout.encoding = encoding_of(layout.format, layout.bits);
  if (layout.channels == 0 || layout.sample_rate == 0 || layout.frame_bytes == 0) {
    return error(ErrorCode::kCorruptFile, name, ": the header says ", layout.channels,
                 " channels, ", layout.sample_rate, " Hz and ", layout.frame_bytes,
                 " bytes a frame");
  }
  if (layout.encoding != WavEncoding::kOther &&
      layout.frame_bytes != layout.channels * layout.bits / 8) {
    return error(ErrorCode::kCorruptFile, name, ": a frame has ", layout.frame_bytes,
                 " bytes, expected ", layout.channels, " channels of ", layout.bits, " bits");
  }
  return ok();
}

// What the first 12 bytes say: where the chunks end, if they say so.
struct Riff {
  std::uint64_t end = 0;  // of the file, where streamed
  bool streamed = false;
};

Result<Riff> read_riff(Source& source) {
  std::array<std::byte, kRiffHeaderBytes> header{};
  if (source.read_at(0, header) != header.size()) {
    return error(ErrorCode::kCorruptFile, source.name(), ": is cut short in the RIFF header");
  }
  if (!has_id(header, 0, "RIFF") || !has_id(header, 8, "WAVE")) {
    return error(ErrorCode::kCorruptFile, source.name(), ": is not a RIFF/WAVE file");
  }
  const std::uint64_t claimed = u32(header, 4);
  const std::uint64_t held = source.size() - kChunkHeaderBytes;
  if (is_streamed_size(claimed)) return Riff{source.size(), true};
  // Writers differ on whether the padding of a last chunk of odd size counts, or is there at all.
  const bool off_by_padding =
      claimed + 1 == held ? claimed % 2 == 1 : claimed == held + 1 && held % 2 == 1;
  if (claimed != held && !off_by_padding) {
    return error(ErrorCode::kCorruptFile, source.name(), ": the RIFF size is ", claimed, ", but ",
                 held, " bytes follow it", claimed > held ? "; the file is cut short" : "");
  }
  return Riff{source.size(), false};
}

// One frame's worth of conversions: `count` samples from `bytes`.
void convert(WavEncoding encoding, const std::byte* bytes, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    switch (encoding) {
      case WavEncoding::kPcm8:
        out[i] = static_cast<float>(std::to_integer<int>(bytes[i]) - 128) / 128.0F;
        break;
      case WavEncoding::kPcm16:
        out[i] = static_cast<float>(
                     static_cast<std::int16_t>(little_endian<std::uint16_t>(bytes + 2 * i))) /
                 32768.0F;
        break;
      case WavEncoding::kPcm24: {
        const std::byte* at = bytes + 3 * i;
        const std::uint32_t high = std::uint32_t{little_endian<std::uint16_t>(at + 1)} << 16 |
                                   std::to_integer<std::uint32_t>(at[0]) << 8;
        out[i] = static_cast<float>(static_cast<std::int32_t>(high)) / 2147483648.0F;
        break;
      }
      case WavEncoding::kPcm32:
        out[i] = static_cast<float>(
                     static_cast<std::int32_t>(little_endian<std::uint32_t>(bytes + 4 * i))) /
                 2147483648.0F;
        break;
      case WavEncoding::kFloat32:
        out[i] = std::bit_cast<float>(little_endian<std::uint32_t>(bytes + 4 * i));
        break;
      case WavEncoding::kFloat64: {
        const auto value = std::bit_cast<double>(little_endian<std::uint64_t>(bytes + 8 * i));
        const bool fits =
            std::isnan(value) || std::fabs(value) <= std::numeric_limits<float>::max();
        out[i] = fits ? static_cast<float>(value) : std::numeric_limits<float>::infinity();
        break;
      }
      case WavEncoding::kOther: break;
    }
  }
}

class WavDecoder final : public Decoder {
 public:
  WavDecoder(std::unique_ptr<Source> source, const WavLayout& layout)
      : source_(std::move(source)), layout_(layout) {}

  const std::string& name() const override { return source_->name(); }
  std::int64_t sample_rate() const override { return layout_.sample_rate; }
  std::int64_t channels() const override { return layout_.channels; }
  std::optional<std::uint64_t> frames() const override {
    return layout_.data_bytes / layout_.frame_bytes;
  }
  Result<std::size_t> decode(std::span<float> out) override;
  Status rewind() override {
    done_bytes_ = 0;
    return ok();
  }

 private:
  std::unique_ptr<Source> source_;
  WavLayout layout_;
  std::vector<std::byte> block_;
  std::uint64_t done_bytes_ = 0;
};

Result<std::size_t> WavDecoder::decode(std::span<float> out) {
  const std::size_t most_frames = std::min(
      std::max<std::size_t>(1, kBlockBytes / layout_.frame_bytes), out.size() / layout_.channels);
  const auto want = static_cast<std::size_t>(
      std::min<std::uint64_t>(most_frames * layout_.frame_bytes, layout_.data_bytes - done_bytes_));
  if (block_.size() < want) block_.resize(want);
  const std::uint64_t at = layout_.data_begin + done_bytes_;
  if (source_->read_at(at, std::span(block_).first(want)) != want) {
    return error(ErrorCode::kIo, name(), ": cannot read ", want, " bytes at byte ", at);
  }
  const std::size_t got = want / layout_.frame_bytes;
  convert(layout_.encoding, block_.data(), got * layout_.channels, out.data());
  done_bytes_ += want;
  return got;
}

}  // namespace

bool is_riff(Source& source) {
  std::array<std::byte, 4> id{};
  return source.read_at(0, id) == id.size() && has_id(id, 0, "RIFF");
}

Result<WavLayout> read_wav_layout(Source& source) {
  const std::string& name = source.name();
  Result<Riff> riff = read_riff(source);
  if (!riff) return std::move(riff).error();
  WavLayout layout;
  bool has_format = false;
  bool has_data = false;
  std::size_t chunks = 0;
  for (std::uint64_t at = kRiffHeaderBytes; at < riff->end;) {
    std::array<std::byte, kChunkHeaderBytes> header{};
    if (source.read_at(at, header) != header.size()) {
      return error(ErrorCode::kCorruptFile, name, ": is cut short in a chunk header at byte ", at);
    }
    if (++chunks > kMaxChunks) {
      return error(ErrorCode::kUnsupported, name, ": has more than ", kMaxChunks, " chunks");
    }
    const std::uint64_t begin = at + kChunkHeaderBytes;
    const std::uint64_t left = riff->end - begin;
    std::uint64_t size = u32(header, 4);
    const bool is_data = has_id(header, 0, "data");
    if (is_data && riff->streamed && is_streamed_size(size)) size = left;
    if (size > left) {
      return error(ErrorCode::kCorruptFile, name, ": the ", is_data ? "data " : "",
                   "chunk at byte ", at, " claims ", size, " bytes, but the file has ", left,
                   " more");
    }
    if (has_id(header, 0, "fmt ")) {
      if (has_format) return error(ErrorCode::kCorruptFile, name, ": has two format chunks");
      std::array<std::byte, kExtensibleBytes> chunk{};
      const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(size, chunk.size()));
      const std::size_t got = source.read_at(begin, std::span(chunk).first(used));
      if (Status s = read_format(name, std::span(chunk).first(got), layout); !s) {
        return std::move(s).error();
      }
      has_format = true;
    } else if (is_data) {
      if (!has_format)
        return error(ErrorCode::kCorruptFile, name, ": has data before their format");
      if (has_data) return error(ErrorCode::kCorruptFile, name, ": has two data chunks");
      layout.data_begin = begin;
      layout.data_bytes = size;
      has_data = true;
    }
    at = begin + size + size % 2;  // the last one's padding may be missing
  }
  if (!has_format) return error(ErrorCode::kCorruptFile, name, ": has no format chunk");
  if (!has_data) return error(ErrorCode::kCorruptFile, name, ": has no data chunk");
  if (layout.encoding != WavEncoding::kOther && layout.data_bytes % layout.frame_bytes != 0) {
    return error(ErrorCode::kCorruptFile, name, ": the data have ", layout.data_bytes,
                 " bytes, not whole frames of ", layout.frame_bytes);
  }
  return layout;
}

Result<std::unique_ptr<Decoder>> decode_wav(std::unique_ptr<Source> source,
                                            const WavLayout& layout) {
  if (layout.encoding == WavEncoding::kOther) {
    return error(ErrorCode::kUnsupported, source->name(), ": holds WAV format ", layout.format,
                 " of ", layout.bits,
                 " bits, expected PCM of 8, 16, 24 or 32 or float of 32 or 64");
  }
  return std::unique_ptr<Decoder>(std::make_unique<WavDecoder>(std::move(source), layout));
}

Result<Sound> read_wav(std::string name, std::span<const std::byte> bytes,
                       const ReadOptions& options) {
  auto source = std::make_unique<MemorySource>(std::move(name), bytes);
  const Result<WavLayout> layout = read_wav_layout(*source);
  if (!layout) return layout.error();
  Result<std::unique_ptr<Decoder>> decoder = decode_wav(std::move(source), *layout);
  if (!decoder) return std::move(decoder).error();
  Result<std::unique_ptr<Stream>> stream = Mixer::make(*std::move(decoder), options);
  if (!stream) return std::move(stream).error();
  return read_rest(**stream);
}

}  // namespace sotto::audio
