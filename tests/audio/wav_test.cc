#include "lib/audio/wav.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/audio/wav_builder.h"

namespace sotto::audio {
namespace {

Result<Sound> read(const std::string& bytes, const ReadOptions& options = {}) {
  return read_wav("s.wav", bytes_of(bytes), options);
}
std::string refused(const std::string& bytes, const ReadOptions& options = {}) {
  const Result<Sound> sound = read(bytes, options);
  return sound ? "no error" : sound.error().message;
}
std::vector<float> samples_of(const Wav& wav) {
  Result<Sound> sound = read(wav.bytes());
  EXPECT_TRUE(sound) << sound.error().message;
  return sound ? std::move(sound->samples) : std::vector<float>();
}

TEST(Wav, Int16IsTheValueOver32768) {
  std::string data;
  std::vector<float> expected;
  for (int value = -32768; value < 32768; ++value) {
    data += little(static_cast<std::uint64_t>(value), 2);
    expected.push_back(static_cast<float>(value) / 32768.0F);
  }
  EXPECT_EQ(samples_of({.data = data}), expected);
}

TEST(Wav, ReadsEveryWidth) {
  EXPECT_EQ(samples_of({.bits = 8, .data = std::string("\x00\x80\xFF\x40", 4)}),
            (std::vector<float>{-1.0F, 0.0F, 127.0F / 128.0F, -0.5F}));
  EXPECT_EQ(samples_of({.bits = 24,
                        .data = little(0x800000, 3) + little(0x400000, 3) + little(0xFFFFFF, 3) +
                                little(1, 3)}),
            (std::vector<float>{-1.0F, 0.5F, -1.0F / 8388608.0F, 1.0F / 8388608.0F}));
  EXPECT_EQ(samples_of({.bits = 32, .data = little(0x80000000, 4) + little(0x40000000, 4)}),
            (std::vector<float>{-1.0F, 0.5F}));
  EXPECT_EQ(samples_of({.format = 3, .bits = 32, .data = floats({0.25F, -1.5F})}),
            (std::vector<float>{0.25F, -1.5F}));
  EXPECT_EQ(
      samples_of({.format = 3, .bits = 64, .data = little(std::bit_cast<std::uint64_t>(0.1), 8)}),
      (std::vector<float>{0.1F}));
}

TEST(Wav, MayHoldNoSamples) {
  const Result<Sound> sound = read(Wav{.channels = 2, .rate = 8000}.bytes());
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_TRUE(sound->samples.empty());
  EXPECT_EQ(sound->sample_rate, 8000);
}

TEST(Wav, ReadsExtensibleHeaders) {
  EXPECT_EQ(
      samples_of({.format = 0xFFFE, .format_tail = extensible(1, 16), .data = pcm16({-32768})}),
      (std::vector<float>{-1.0F}));
  EXPECT_EQ(
      samples_of(
          {.format = 0xFFFE, .bits = 32, .format_tail = extensible(3, 32), .data = floats({0.5F})}),
      (std::vector<float>{0.5F}));
  EXPECT_EQ(samples_of({.format = 0xFFFE,
                        .bits = 32,
                        .format_tail = extensible(1, 24),
                        .data = little(0x40000000, 4)}),
            (std::vector<float>{0.5F}));
  EXPECT_EQ(
      refused(Wav{.format = 0xFFFE, .format_tail = extensible(1, 17), .data = pcm16({1})}.bytes()),
      "s.wav: 17 bits of a sample are valid, of 16");
  EXPECT_EQ(refused(Wav{.format = 0xFFFE, .data = pcm16({1})}.bytes()),
            "s.wav: the extensible format chunk has 16 bytes, expected 40");
}

TEST(Wav, TakesTheMeanOfTheChannels) {
  EXPECT_EQ(samples_of({.channels = 2, .data = pcm16({16384, -16384, 16384, 0})}),
            (std::vector<float>{0.0F, 0.25F}));
  EXPECT_EQ(samples_of({.channels = 3, .data = pcm16({3, 6, 9})}),
            (std::vector<float>{6.0F / 32768.0F}));
  // More frames than a block holds, in the most channels.
  std::string data;
  for (int frame = 0; frame < 5000; ++frame) {
    for (int channel = 0; channel < 64; ++channel)
      data += little(static_cast<std::uint64_t>(frame), 2);
  }
  const std::vector<float> samples = samples_of({.channels = 64, .data = data});
  ASSERT_EQ(samples.size(), 5000U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(samples[i], static_cast<float>(i) / 32768.0F);
  }
}

TEST(Wav, KeepsTheSampleRate) {
  for (const std::uint32_t rate : {1U, 8000U, 22050U, 768000U}) {
    const Result<Sound> sound = read(Wav{.rate = rate, .data = pcm16({1})}.bytes(), {1e9});
    ASSERT_TRUE(sound) << sound.error().message;
    EXPECT_EQ(sound->sample_rate, static_cast<int>(rate));
  }
}

TEST(Wav, StepsOverOtherChunks) {
  const std::string odd = "LIST" + little(3, 4) + "abc" + std::string(1, '\0');
  EXPECT_EQ(samples_of({.before_data = odd, .after_data = odd, .data = pcm16({32767})}),
            (std::vector<float>{32767.0F / 32768.0F}));
  std::string many;
  for (int i = 0; i < 1100; ++i) many += "LIST" + little(0, 4);
  EXPECT_EQ(refused(Wav{.after_data = many, .data = pcm16({1})}.bytes()),
            "s.wav: has more than 1024 chunks");
}

TEST(Wav, PaddingOfAnOddLastChunkMayBeMissing) {
  const std::string padded = Wav{.bits = 8, .data = std::string(3, '\x80')}.bytes();
  EXPECT_TRUE(read(padded));
  const std::string cut = padded.substr(0, padded.size() - 1);
  EXPECT_TRUE(read(cut));  // the RIFF size still counts it
  const std::uint32_t held = static_cast<std::uint32_t>(cut.size() - 8);
  EXPECT_TRUE(read(Wav{.bits = 8, .riff_size = held, .data = std::string(3, '\x80')}.bytes()));
  EXPECT_TRUE(read(Wav{.bits = 8, .riff_size = held, .data = std::string(3, '\x80')}.bytes().substr(
      0, cut.size())));
}

TEST(Wav, RefusesEveryTruncation) {
  const std::string wav = Wav{.channels = 2,
                              .before_data = "LIST" + little(2, 4) + "ab",
                              .data = pcm16(std::vector<int>(400, 7))}
                              .bytes();
  for (std::size_t size = 0; size < wav.size(); ++size) {
    const std::string message = refused(wav.substr(0, size));
    // One byte less may be the padding that some writers leave out; then it is the data's size.
    const char* reason = size + 1 < wav.size() ? "cut short" : "claims 800 bytes";
    EXPECT_NE(message.find(reason), std::string::npos) << size << ": " << message;
  }
  EXPECT_TRUE(read(wav));
}

TEST(Wav, RefusesSizesThatLie) {
  const std::string data = pcm16({1, 2, 3, 4});
  EXPECT_EQ(refused(Wav{.riff_size = 45, .data = data}.bytes()),
            "s.wav: the RIFF size is 45, but 44 bytes follow it; the file is cut short");
  EXPECT_EQ(refused(Wav{.riff_size = 42, .data = data}.bytes()),
            "s.wav: the RIFF size is 42, but 44 bytes follow it");
  EXPECT_EQ(refused(Wav{.data_size = 10, .data = data}.bytes()),
            "s.wav: the data chunk at byte 36 claims 10 bytes, but the file has 8 more");
  EXPECT_EQ(refused(Wav{.data_size = 0xFFFFFFFF, .data = data}.bytes()),
            "s.wav: the data chunk at byte 36 claims 4294967295 bytes, but the file has 8 more");
  EXPECT_EQ(refused(Wav{.riff_size = 0xFFFFFFFF, .data_size = 10, .data = data}.bytes()),
            "s.wav: the data chunk at byte 36 claims 10 bytes, but the file has 8 more");
  EXPECT_EQ(refused(Wav{.data_size = 4, .data = data}.bytes()),
            "s.wav: is cut short in a chunk header at byte 48");
  EXPECT_EQ(refused(Wav{.data_size = 0, .data = data}.bytes()),
            "s.wav: the chunk at byte 44 claims 262147 bytes, but the file has 0 more");
  EXPECT_EQ(refused(Wav{.before_data = "LIST" + little(100, 4), .data = data}.bytes()),
            "s.wav: the chunk at byte 36 claims 100 bytes, but the file has 16 more");
}

TEST(Wav, TakesTheDataOfAStreamToItsEnd) {
  const std::string data = pcm16({1, 2, 3, 4});
  for (const std::uint32_t riff : {0U, 0xFFFFFFFFU}) {
    for (const std::uint32_t size : {0U, 0xFFFFFFFFU}) {
      const Wav wav{.riff_size = riff, .data_size = size, .data = data};
      EXPECT_EQ(samples_of(wav).size(), 4U);
      EXPECT_EQ(refused(wav.bytes() + "x"), "s.wav: the data have 9 bytes, not whole frames of 2");
    }
    // A size that was filled in is kept.
    EXPECT_EQ(samples_of({.riff_size = riff, .data = data}).size(), 4U);
  }
}

TEST(Wav, RefusesHeadersThatContradictThemselves) {
  const std::string data = pcm16({1, 2, 3, 4});
  EXPECT_EQ(refused(Wav{.frame_bytes = 4, .data = data}.bytes()),
            "s.wav: a frame has 4 bytes, expected 1 channels of 16 bits");
  EXPECT_EQ(refused(Wav{.frame_bytes = 0, .data = data}.bytes()),
            "s.wav: the header says 1 channels, 16000 Hz and 0 bytes a frame");
  EXPECT_EQ(refused(Wav{.channels = 0, .frame_bytes = 2, .data = data}.bytes()),
            "s.wav: the header says 0 channels, 16000 Hz and 2 bytes a frame");
  EXPECT_EQ(refused(Wav{.rate = 0, .data = data}.bytes()),
            "s.wav: the header says 1 channels, 0 Hz and 2 bytes a frame");
  EXPECT_EQ(refused(Wav{.rate = 768001, .data = data}.bytes()),
            "s.wav: the sample rate is 768001 Hz, expected 1 to 768000");
  EXPECT_EQ(refused(Wav{.channels = 65, .data = std::string(130, '\0')}.bytes()),
            "s.wav: there are 65 channels, expected 1 to 64");
  EXPECT_EQ(refused(Wav{.channels = 3, .data = data}.bytes()),
            "s.wav: the data have 8 bytes, not whole frames of 6");
  const std::string chunk = "fmt " + little(16, 4) + std::string(16, '\1');
  EXPECT_EQ(refused(Wav{.before_data = chunk, .data = data}.bytes()),
            "s.wav: has two format chunks");
  EXPECT_EQ(refused(Wav{.after_data = "data" + little(0, 4), .data = data}.bytes()),
            "s.wav: has two data chunks");
}

TEST(Wav, RefusesFilesWithoutTheirParts) {
  const auto riff = [](const std::string& body) {
    return "RIFF" + little(body.size() + 4, 4) + "WAVE" + body;
  };
  EXPECT_EQ(refused(""), "s.wav: is cut short in the RIFF header");
  EXPECT_EQ(refused("RIFX\4\0\0\0WAVE"), "s.wav: is cut short in the RIFF header");
  EXPECT_EQ(refused("OggS........"), "s.wav: is not a RIFF/WAVE file");
  EXPECT_EQ(refused(riff("")), "s.wav: has no format chunk");
  EXPECT_EQ(refused(riff("data" + little(0, 4))), "s.wav: has data before their format");
  EXPECT_EQ(refused(riff("fmt " + little(4, 4) + "abcd")),
            "s.wav: the format chunk has 4 bytes, expected at least 16");
  EXPECT_EQ(refused(Wav{}.bytes().substr(0, 4) + little(28, 4) + Wav{}.bytes().substr(8, 28)),
            "s.wav: has no data chunk");
}

TEST(Wav, NamesAnEncodingItDoesNotKnow) {
  const Result<Sound> sound = read(Wav{.format = 7, .bits = 8, .data = "ab"}.bytes());
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(
      sound.error().message,
      "s.wav: holds WAV format 7 of 8 bits, expected PCM of 8, 16, 24 or 32 or float of 32 or "
      "64");
}

TEST(Wav, RefusesSamplesThatAreNoNumbers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(refused(Wav{.format = 3, .bits = 32, .data = floats({0, 0, nan})}.bytes()),
            "s.wav: sample 2 is not a number");
  EXPECT_EQ(refused(Wav{.format = 3, .bits = 32, .data = floats({0, -inf})}.bytes()),
            "s.wav: sample 1 is infinite");
  EXPECT_EQ(
      refused(Wav{.format = 3, .bits = 64, .data = little(std::bit_cast<std::uint64_t>(1e39), 8)}
                  .bytes()),
      "s.wav: sample 0 is infinite");
}

TEST(Wav, KeepsTheLimit) {
  const std::string wav = Wav{.rate = 100, .data = pcm16(std::vector<int>(150, 1))}.bytes();
  EXPECT_TRUE(read(wav, {1.5}));
  EXPECT_EQ(refused(wav, {1.49}), "s.wav: is longer than the limit of 1.490000 seconds");
  EXPECT_EQ(read(wav, {1.49}).error().code, ErrorCode::kOutOfMemory);
  EXPECT_EQ(refused(wav, {0}), "max_seconds is 0.000000, expected more than 0");
  EXPECT_NE(refused(wav, {std::nan("")}).find("max_seconds is"), std::string::npos);
}

TEST(Wav, AnyByteOfTheHeaderMayHaveAnyValue) {
  const std::string wav = Wav{.format = 0xFFFE,
                              .channels = 2,
                              .format_tail = extensible(1, 16),
                              .data = pcm16({1, 2, 3, 4})}
                              .bytes();
  std::size_t refusals = 0;
  for (std::size_t at = 0; at < wav.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = wav;
      damaged[at] = static_cast<char>(value);
      const Result<Sound> sound = read(damaged);
      refusals += !sound;
      EXPECT_TRUE(sound || sound.error().message.starts_with("s.wav: "));
      if (sound) {
        EXPECT_LE(sound->samples.size(), 4U);
      }
    }
  }
  EXPECT_GT(refusals, 5000U);
}

}  // namespace
}  // namespace sotto::audio
