#include "lib/audio/mel_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "tests/audio/needs.h"
#include "tests/support/temp_folder.h"

namespace sotto::audio {
namespace {

constexpr std::size_t k30s = 480000;
constexpr std::size_t kBands = 80;

// Noise that swells and fades, with pauses of silence, so that frames differ.
std::vector<float> sound(std::size_t count) {
  std::mt19937 random(11);
  std::normal_distribution<float> noise(0.0F, 0.3F);
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double loudness = std::sin(1e-5 * static_cast<double>(i));
    samples[i] = loudness > -0.5 ? noise(random) * static_cast<float>(loudness * loudness) : 0.0F;
  }
  return samples;
}

// A stream that tells what is done to it, and does what is asked at its rewind().
class Told final : public Stream {
 public:
  Told(std::span<const float> samples, int& rewinds, std::function<void(Told&)> at_rewind = {})
      : Stream("told", kMelRate),
        samples_(samples),
        rewinds_(rewinds),
        at_rewind_(std::move(at_rewind)) {}

  Result<std::size_t> read(std::span<float> out) override {
    if (at_ >= fails_at_) return base::error(ErrorCode::kIo, "told: no more");
    const std::size_t count = std::min(out.size(), samples_.size() - at_);
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(at_), count, out.begin());
    at_ += count;
    return count;
  }
  Status rewind() override {
    ++rewinds_;
    at_ = 0;
    if (at_rewind_) at_rewind_(*this);
    return ok();
  }
  void shorten(std::size_t count) { samples_ = samples_.first(count); }
  void fail_at(std::size_t sample) { fails_at_ = sample; }

 private:
  std::span<const float> samples_;
  int& rewinds_;
  std::function<void(Told&)> at_rewind_;
  std::size_t fails_at_ = SIZE_MAX;
  std::size_t at_ = 0;
};

Result<MelSource> opened(std::unique_ptr<Stream> sound, std::size_t bands,
                         std::size_t kept_frames = MelSource::kKeptFrames) {
  MelSource source(bands, kept_frames);
  if (Status status = source.open(std::move(sound)); !status) return std::move(status).error();
  return source;
}

Result<MelSource> source_of(std::span<const float> samples, std::size_t kept_frames,
                            std::size_t bands = kBands) {
  return opened(std::make_unique<SampleStream>("sound", samples, kMelRate), bands, kept_frames);
}

// Frames [seek, seek + count) to the bit.
void expect_window(MelSource& source, const std::vector<float>& whole, std::size_t seek,
                   std::size_t count) {
  const std::size_t bands = source.bands();
  std::vector<float> window(count * bands, -100.0F);
  ASSERT_OK(source.read(seek, count, window));
  const float* expected = whole.data() + seek * bands;
  EXPECT_TRUE(std::equal(window.begin(), window.end(), expected)) << seek << " + " << count;
}

TEST(MelSource, IsTheWholeSoundsForEveryLength) {
  // Around hops, the mirror and the blocks of 64 frames, which begin 200 samples before the sound.
  const std::size_t block = MelStream::kMostFrames * kMelHop;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{159}, std::size_t{160}, std::size_t{200},
        std::size_t{201}, std::size_t{400}, block - 201, block - 200, block - 199, block - 1, block,
        block + 39, block + 40, block + 41, block + 200, 2 * block + 40, 2 * block + 41}) {
    const std::vector<float> samples = sound(size);
    for (const std::size_t bands : {80U, 128U}) {
      Result<MelSource> source = source_of(samples, 100, bands);
      ASSERT_OK(source);
      EXPECT_EQ(source->samples(), size);
      EXPECT_EQ(source->frames(), (size + k30s) / 160 - 3000);
      const std::vector<float> whole = log_mel(samples, k30s, bands);
      expect_window(*source, whole, 0, source->frames() + 3000);
    }
  }
}

TEST(MelSource, GivesAnyWindowInAnyOrder) {
  const std::vector<float> samples = sound(std::size_t{16000} * 60 + 77);
  const std::vector<float> whole = log_mel(samples, k30s, kBands);
  std::mt19937 random(5);
  for (const std::size_t kept_frames : {64U, 100U, 1000U, 18000U}) {
    Result<MelSource> source = source_of(samples, kept_frames);
    ASSERT_OK(source);
    const std::size_t frames = source->frames() + 3000;
    for (int i = 0; i < 12; ++i) {
      const std::size_t seek = std::uniform_int_distribution<std::size_t>(0, frames)(random);
      const std::size_t most = std::min<std::size_t>(frames - seek, 3000);
      const std::size_t count = std::uniform_int_distribution<std::size_t>(0, most)(random);
      expect_window(*source, whole, seek, count);
    }
    expect_window(*source, whole, 0, frames);
  }
}

TEST(MelSource, AWindowIsClampedByTheLoudestOfTheWholeSound) {
  std::vector<float> samples = sound(16000 * 40);
  for (float& sample : std::span(samples).first(16000 * 31)) sample *= 1e-3F;
  Result<MelSource> source = source_of(samples, 100);
  ASSERT_OK(source);
  std::vector<float> window(3000 * kBands);
  ASSERT_OK(source->read(0, 3000, window));
  const std::vector<float> whole = log_mel(samples, k30s, kBands);
  const float least = *std::max_element(whole.begin(), whole.end()) - 2.0F;
  EXPECT_EQ(*std::min_element(window.begin(), window.end()), least);
}

// As transcribe() does: the language from the first window, then window after window, each of
// which may begin before the last one ended.
TEST(MelSource, ReadsALongSoundTwiceAndAShortOneOnce) {
  for (const auto& [seconds, expected] : {std::pair(20, 0), {60, 1}}) {
    const std::vector<float> samples = sound(16000 * static_cast<std::size_t>(seconds));
    int rewinds = 0;
    Result<MelSource> source = opened(std::make_unique<Told>(samples, rewinds), kBands, 4000);
    ASSERT_OK(source);
    std::vector<float> window(3000 * kBands);
    ASSERT_OK(source->read(0, 3000, window));
    for (std::size_t seek = 0; seek < source->frames(); seek += 1900) {
      const std::size_t count = std::min<std::size_t>(3000, source->frames() - seek);
      ASSERT_OK(source->read(seek, count, std::span(window).first(count * kBands)));
    }
    EXPECT_EQ(rewinds, expected) << seconds << " s";
  }
}

TEST(MelSource, ServesAnotherSoundAsANewOneDoes) {
  const std::vector<float> loud = sound(16000 * 20), quiet(16000 * 2 + 77, 1e-3F);
  MelSource source(kBands, 1000);
  for (const std::vector<float>* samples : {&loud, &quiet, &loud}) {
    ASSERT_OK(source.open(std::make_unique<SampleStream>("sound", *samples, kMelRate)));
    EXPECT_EQ(source.samples(), samples->size());
    expect_window(source, log_mel(*samples, k30s, kBands), source.frames() - 100, 200);
    source.close();
  }
  int rewinds = 0;
  auto broken = std::make_unique<Told>(loud, rewinds);
  broken->fail_at(16000);
  EXPECT_ERROR(source.open(std::move(broken)), ErrorCode::kIo, "told: no more");
  ASSERT_OK(source.open(std::make_unique<SampleStream>("sound", quiet, kMelRate)));
  expect_window(source, log_mel(quiet, k30s, kBands), 0, 300);
}

TEST(MelSource, KnowsWhatItKeepsAfterAJump) {
  const std::vector<float> samples = sound(16000 * 60);
  const std::vector<float> whole = log_mel(samples, k30s, kBands);
  int rewinds = 0;
  Result<MelSource> source = opened(std::make_unique<Told>(samples, rewinds), kBands, 1000);
  ASSERT_OK(source);
  expect_window(*source, whole, 0, 10);
  EXPECT_EQ(rewinds, 1);
  expect_window(*source, whole, 900, 10);  // near enough to keep what lies between
  expect_window(*source, whole, 300, 10);
  EXPECT_EQ(rewinds, 1);
  expect_window(*source, whole, 4000, 10);  // too far
  EXPECT_EQ(rewinds, 1);
  expect_window(*source, whole, 3990, 10);
  EXPECT_EQ(rewinds, 2);
}

TEST(MelSource, ResamplesToItsRate) {
  SOTTO_NEEDS_SAMPLERATE();
  const std::vector<float> samples = sound(8000 * 3 + 1);
  Result<MelSource> source = opened(std::make_unique<SampleStream>("sound", samples, 8000), kBands);
  ASSERT_OK(source);
  EXPECT_EQ(source->samples(), 48002U);
  EXPECT_EQ(source->frames(), 300U);
  const auto faster = resample(samples, 8000, 16000);
  ASSERT_OK(faster);
  expect_window(*source, log_mel(*faster, k30s, kBands), 0, 3300);
}

TEST(MelSource, PassesOnWhatFailsInEitherPass) {
  const std::vector<float> samples = sound(16000 * 10);
  int rewinds = 0;
  auto at_once = std::make_unique<Told>(samples, rewinds);
  at_once->fail_at(16000);
  EXPECT_ERROR(opened(std::move(at_once), kBands), ErrorCode::kIo, "told: no more");

  std::vector<float> window(500 * kBands);
  Result<MelSource> later =
      opened(std::make_unique<Told>(samples, rewinds, [](Told& told) { told.fail_at(16000); }),
             kBands, 100);
  ASSERT_OK(later);
  EXPECT_ERROR(later->read(0, 500, window), ErrorCode::kIo, "told: no more");
}

TEST(MelSource, NoticesASoundThatHasBecomeShorter) {
  const std::vector<float> samples = sound(16000 * 10);
  int rewinds = 0;
  const auto shorten = [](Told& told) { told.shorten(16000); };
  std::vector<float> window(500 * kBands);
  for (const std::size_t seek : {0U, 400U}) {
    Result<MelSource> source =
        opened(std::make_unique<Told>(samples, rewinds, shorten), kBands, 100);
    ASSERT_OK(source);
    EXPECT_ERROR(source->read(seek, 500, window), ErrorCode::kIo,
                 "told: has changed while it was read: had 160000 samples at first, then 16000");
  }
}

}  // namespace
}  // namespace sotto::audio
