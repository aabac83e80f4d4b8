#include "lib/audio/stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/audio/aiff_builder.h"
#include "tests/audio/needs.h"
#include "tests/audio/wav_builder.h"
#include "tests/support/temp_folder.h"

namespace sotto::audio {
namespace {

// What is left of the stream, read by so many samples.
std::vector<float> read_by(Stream& stream, std::size_t block_samples) {
  std::vector<float> all;
  std::vector<float> block(block_samples);
  while (true) {
    const Result<std::size_t> got = stream.read(block);
    EXPECT_TRUE(got) << got.error().message;
    if (!got) return all;
    all.insert(all.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(*got));
    if (*got < block.size()) return all;
  }
}

std::vector<float> ramp(std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(std::sin(0.01 * static_cast<double>(i)));
  }
  return samples;
}

std::vector<int> counting(int count) {
  std::vector<int> values;
  for (int i = 0; i < count; ++i) values.push_back(i % 30000);
  return values;
}

// The same whatever the blocks, and again after rewind() wherever it comes.
void expect_same_in_any_blocks(Stream& stream, const std::vector<float>& expected) {
  for (const std::size_t block : {100000U, 16384U, 1000U, 7U}) {
    EXPECT_EQ(read_by(stream, block), expected) << "by " << block;
    ASSERT_OK(stream.rewind());
    std::vector<float> some(std::min<std::size_t>(expected.size(), 5));
    const Result<std::size_t> got = stream.read(some);
    ASSERT_OK(got);
    ASSERT_OK(stream.rewind());
  }
}

TEST(Stream, OfAWavFileIsTheFile) {
  for (const std::uint32_t channels : {1U, 2U, 3U, 64U}) {
    const std::string wav = Wav{.channels = channels, .data = pcm16(counting(38400))}.bytes();
    const Result<Sound> whole = read_bytes("a.wav", bytes_of(wav));
    ASSERT_OK(whole);
    const auto stream = open_bytes("a.wav", bytes_of(wav));
    ASSERT_OK(stream);
    EXPECT_EQ((*stream)->name(), "a.wav");
    EXPECT_EQ((*stream)->sample_rate(), 16000);
    EXPECT_EQ((*stream)->length(), 38400U / channels);
    expect_same_in_any_blocks(**stream, whole->samples);
  }
}

TEST(Stream, OfAnotherFormatIsTheFile) {
  SOTTO_NEEDS_SNDFILE();
  const test::TempFolder folder;
  test::write_file(folder / "a.aiff", aiff(counting(40000), 2));
  const Result<Sound> whole = read_file(folder / "a.aiff");
  ASSERT_OK(whole);
  EXPECT_EQ(whole->samples.size(), 20000U);
  const auto stream = open_file(folder / "a.aiff");
  ASSERT_OK(stream);
  EXPECT_EQ((*stream)->sample_rate(), 8000);
  expect_same_in_any_blocks(**stream, whole->samples);
}

TEST(Stream, OfAPipeIsRewound) {
  const test::TempFolder folder;
  const std::filesystem::path pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream(pipe, std::ios::binary) << Wav{.data = pcm16(counting(30000))}.bytes();
  });
  const auto stream = open_file(pipe);
  writer.join();
  ASSERT_OK(stream);
  const std::vector<float> once = read_by(**stream, 999);
  EXPECT_EQ(once.size(), 30000U);
  ASSERT_OK((*stream)->rewind());
  EXPECT_EQ(read_by(**stream, 16384), once);
}

TEST(Stream, NamesTheSampleThatIsNoNumberInEveryPass) {
  std::vector<float> values(60000);
  values[50001] = NAN;
  const std::string wav =
      Wav{.format = 3, .channels = 2, .bits = 32, .data = floats(values)}.bytes();
  const auto stream = open_bytes("a.wav", bytes_of(wav));
  ASSERT_OK(stream);
  std::vector<float> out(20000);
  for (int pass = 0; pass < 2; ++pass) {
    const Result<std::size_t> first = (*stream)->read(out);
    ASSERT_OK(first);
    EXPECT_EQ(*first, 20000U);
    EXPECT_ERROR((*stream)->read(out), ErrorCode::kCorruptFile, "sample 25000 is not a number");
    ASSERT_OK((*stream)->rewind());
  }
}

TEST(Stream, OfAFileThatBecomesAnotherFails) {
  const test::TempFolder folder;
  test::write_file(folder / "a.wav", Wav{.data = pcm16(counting(100000))}.bytes());
  const auto wav = open_file(folder / "a.wav");
  ASSERT_OK(wav);
  test::write_file(folder / "a.wav", "RIFF");
  EXPECT_ERROR(read_rest(**wav), ErrorCode::kIo, "cannot read");

  SOTTO_NEEDS_SNDFILE();
  test::write_file(folder / "a.aiff", aiff(counting(40000)));
  const auto other = open_file(folder / "a.aiff");
  ASSERT_OK(other);
  test::write_file(folder / "a.aiff", aiff(counting(40000), 2));
  EXPECT_ERROR((*other)->rewind(), ErrorCode::kIo, "has changed while it was read");
}

TEST(Resampled, IsResampleInAnyBlocks) {
  SOTTO_NEEDS_SAMPLERATE();
  // Lengths around the resampler's own block of 4096, and one whose last sample it has to add.
  for (const std::size_t count : {0U, 1U, 2U, 300U, 4095U, 4096U, 4097U, 50000U}) {
    for (const int from : {8000, 11025, 44100, 48000}) {
      const std::vector<float> samples = ramp(count);
      const auto expected = resample(samples, from, 16000);
      ASSERT_OK(expected);
      EXPECT_EQ(expected->size(),
                static_cast<std::size_t>(std::llround(static_cast<double>(count) * 16000 / from)));
      const auto stream = resampled(std::make_unique<SampleStream>("a", samples, from), 16000);
      ASSERT_OK(stream);
      EXPECT_EQ((*stream)->length(), expected->size());
      EXPECT_EQ((*stream)->sample_rate(), 16000);
      expect_same_in_any_blocks(**stream, *expected);
    }
  }
}

TEST(Resampled, LeavesAStreamOfThatRateAlone) {
  auto stream = std::make_unique<SampleStream>("a", std::span<const float>(), 16000);
  const Stream* const before = stream.get();
  const auto same = resampled(std::move(stream), 16000);
  ASSERT_OK(same);
  EXPECT_EQ(same->get(), before);
  EXPECT_ERROR(resampled(std::make_unique<SampleStream>("a", std::span<const float>(), 0), 16000),
               ErrorCode::kInvalidArgument, "cannot resample from 0 to 16000 Hz");
}

TEST(Resampled, PassesOnWhatFails) {
  SOTTO_NEEDS_SAMPLERATE();
  std::vector<float> values(9000);
  values[8999] = INFINITY;
  const std::string wav =
      Wav{.format = 3, .rate = 8000, .bits = 32, .data = floats(values)}.bytes();
  auto stream = open_bytes("a.wav", bytes_of(wav));
  ASSERT_OK(stream);
  const auto faster = resampled(*std::move(stream), 16000);
  ASSERT_OK(faster);
  EXPECT_ERROR(read_rest(**faster), ErrorCode::kCorruptFile, "a.wav: sample 8999 is infinite");
}

}  // namespace
}  // namespace sotto::audio
