#include "lib/audio/stream.h"

#include <algorithm>
#include <vector>

namespace sotto::audio {

Result<std::size_t> SampleStream::read(std::span<float> out) {
  const std::span<const float> next =
      samples_.subspan(at_, std::min(out.size(), samples_.size() - at_));
  std::copy(next.begin(), next.end(), out.begin());
  at_ += next.size();
  return next.size();
}

Status SampleStream::rewind() {
  at_ = 0;
  return ok();
}

Result<Sound> read_rest(Stream& stream) {
  constexpr std::size_t kBlock = std::size_t{1} << 14;
  Sound sound{{}, stream.sample_rate()};
  if (const auto length = stream.length()) {
    sound.samples.reserve(static_cast<std::size_t>(*length));
  }
  std::vector<float> block(kBlock);
  while (true) {
    const Result<std::size_t> got = stream.read(block);
    if (!got) return got.error();
    sound.samples.insert(sound.samples.end(), block.begin(),
                         block.begin() + static_cast<std::ptrdiff_t>(*got));
    if (*got < block.size()) return sound;
  }
}

}  // namespace sotto::audio
