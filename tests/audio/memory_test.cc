// How much memory long sounds take.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "lib/audio/mel_source.h"
#include "lib/audio/stream.h"
#include "tests/audio/heap_meter.h"
#include "tests/audio/wav_builder.h"
#include "tests/support/temp_folder.h"

namespace sotto::audio {
namespace {

// A wave that is computed when it is read.
class Wave final : public Stream {
 public:
  explicit Wave(std::size_t length) : Stream("wave", kMelRate), length_(length) {}

  Result<std::size_t> read(std::span<float> out) override {
    const std::size_t count = std::min(out.size(), length_ - at_);
    for (float& sample : out.first(count)) sample = static_cast<float>(at_++ % 100) * 0.01F;
    return count;
  }
  Status rewind() override {
    at_ = 0;
    return ok();
  }

 private:
  std::size_t length_;
  std::size_t at_ = 0;
};

TEST(Memory, TheMeterSeesTheMostThatWasInUse) {
  const HeapMeter heap;
  { const std::vector<float> large(1000000); }
  const std::vector<float> small(1000);
  EXPECT_GE(heap.most_bytes(), 4000000U);
  EXPECT_LT(heap.most_bytes(), 4100000U);
}

TEST(Memory, OfAMelSourceDoesNotGrowWithTheSound) {
  constexpr std::size_t kKeptFrames = 6000;
  constexpr std::size_t kMinute = 60 * kMelRate;
  std::vector<float> window(3000 * 80);
  for (const std::size_t minutes : {2U, 20U}) {
    const HeapMeter heap;
    MelSource source(80, kKeptFrames);
    ASSERT_OK(source.open(std::make_unique<Wave>(minutes * kMinute)));
    for (std::size_t seek = 0; seek < source.frames(); seek += 3000) {
      ASSERT_OK(source.read(seek, 3000, window));
    }
    // What is kept, at most twice while it grows, and the rest in less than half a MiB.
    EXPECT_LT(heap.most_bytes(), 2 * kKeptFrames * 80 * sizeof(float) + (std::size_t{1} << 19));
  }
}

TEST(Memory, OfAFilesStreamDoesNotGrowWithTheFile) {
  const test::TempFolder folder;
  test::write_file(folder / "long.wav",
                   Wav{.channels = 2, .bits = 8, .data = std::string(8000000, '\x80')}.bytes());
  const HeapMeter heap;
  const auto stream = open_file(folder / "long.wav");
  ASSERT_OK(stream);
  std::vector<float> block(1000);
  std::size_t samples = 0;
  for (std::size_t got = block.size(); got == block.size(); samples += got) {
    const Result<std::size_t> count = (*stream)->read(block);
    ASSERT_OK(count);
    got = *count;
  }
  EXPECT_EQ(samples, 4000000U);
  EXPECT_LT(heap.most_bytes(), std::size_t{1} << 18);
}

}  // namespace
}  // namespace sotto::audio
