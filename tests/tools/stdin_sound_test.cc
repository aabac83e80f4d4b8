#include "tools/stdin_sound.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cstdint>
#include <initializer_list>

namespace sotto::tools {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(ReadPcm, OfSixteenBitsIsScaledToOne) {
  const Result<Sound> sound =
      read_pcm(bytes_of({0, 0, 0, 0x40, 0xFF, 0x7F, 0, 0x80}), Pcm::kS16, 8000);
  ASSERT_TRUE(sound);
  EXPECT_EQ(sound->samples, (std::vector<float>{0, 0.5F, 32767.0F / 32768.0F, -1}));
  EXPECT_EQ(sound->sample_rate, 8000);
}

TEST(ReadPcm, OfFloatsIsAsItIs) {
  const Result<Sound> sound =
      read_pcm(bytes_of({0, 0, 0x80, 0x3F, 0, 0, 0, 0xBE}), Pcm::kF32, 44100);
  ASSERT_TRUE(sound);
  EXPECT_EQ(sound->samples, (std::vector<float>{1, -0.125F}));
}

TEST(ReadPcm, OfNothingOrHalfASampleIsAnError) {
  EXPECT_FALSE(read_pcm({}, Pcm::kS16, 16000));
  EXPECT_FALSE(read_pcm(bytes_of({1}), Pcm::kS16, 16000));
  const Result<Sound> sound = read_pcm(bytes_of({1, 2, 3, 4, 5, 6}), Pcm::kF32, 16000);
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().message, "6 bytes are no whole number of samples of 4 bytes");
}

class ReadAll : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(ends_.data()), 0);
    ASSERT_EQ(::write(ends_[1], "12345", 5), 5);
    ::close(ends_[1]);
  }
  void TearDown() override { ::close(ends_[0]); }
  std::array<int, 2> ends_ = {};
};

TEST_F(ReadAll, ReadsToTheEnd) {
  const auto bytes = read_all(ends_[0], 5, [] { return false; });
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), 5U);
}

TEST_F(ReadAll, IsBounded) {
  const auto bytes = read_all(ends_[0], 4, [] { return false; });
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kOutOfMemory);
}

TEST_F(ReadAll, EndsWhenAsked) {
  const auto bytes = read_all(ends_[0], 5, [] { return true; });
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kAborted);
}

}  // namespace
}  // namespace sotto::tools
