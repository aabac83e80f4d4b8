// Models and sounds that the caller reads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tests/api/models.h"
#include "tests/support/random_moonshine.h"

namespace sotto {
namespace {

using namespace test;

// A sound in memory, and what was asked of it.
struct Recording {
  std::vector<float> samples;
  std::vector<std::uint64_t> asked;
  std::size_t most = 0;

  SoundSource source(int rate = 16000) {
    return {.sample_rate = rate, .length = {}, .read = [this](std::uint64_t first, auto out) {
              asked.push_back(first);
              most = std::max(most, out.size());
              const auto rest = std::span(samples).subspan(first);
              const std::size_t count = std::min(rest.size(), out.size());
              std::copy_n(rest.begin(), count, out.begin());
              return count;
            }};
  }
};

class Source : public testing::TestWithParam<bool> {
 protected:
  const Model& model() const { return GetParam() ? random_whisper_model() : digits(); }
  Session session_ = session_of(model());
  TranscribeOptions options_ = options_for(model());
};
INSTANTIATE_TEST_SUITE_P(Models, Source, testing::Bool(), [](const auto& whisper) {
  return whisper.param ? "Whisper" : "Moonshine";
});

// Longer than what is kept: Whisper's log-mel of 3 minutes, Moonshine's window.
TEST_P(Source, IsHeardAsItsSamplesAreInPieces) {
  Recording recording{test_sound(200 * 16000), {}, 0};
  const auto whole = session_.transcribe(recording.samples, 16000, options_);
  const auto pieces = session_.transcribe(recording.source(), options_);
  ASSERT_OK(whole);
  ASSERT_OK(pieces);
  EXPECT_EQ(tokens_of(*pieces), tokens_of(*whole));
  EXPECT_EQ(pieces->audio_seconds, whole->audio_seconds);
  ASSERT_EQ(pieces->segments.size(), whole->segments.size());
  for (std::size_t i = 0; i < whole->segments.size(); ++i) {
    EXPECT_EQ(pieces->segments[i].start_seconds, whole->segments[i].start_seconds);
  }
  EXPECT_LE(recording.most, 31U * 16000);
  EXPECT_GT(recording.asked.size(), 5U);
  EXPECT_EQ(std::ranges::count(recording.asked, 0U), GetParam() ? 2 : 1);
}

TEST_P(Source, OtherRatesAreResampled) {
#ifndef SOTTO_WITH_SAMPLERATE
  GTEST_SKIP() << "built without libsamplerate";
#endif
  Recording recording{test_sound(70 * 16000), {}, 0};
  const auto whole = session_.transcribe(recording.samples, 22050, options_);
  const auto pieces = session_.transcribe(recording.source(22050), options_);
  ASSERT_OK(whole);
  ASSERT_OK(pieces);
  EXPECT_EQ(tokens_of(*pieces), tokens_of(*whole));
}

TEST_P(Source, LiesAndFailuresAreErrors) {
  SoundSource source;
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kInvalidArgument,
               "nothing to read it with");
  source.read = [](std::uint64_t, std::span<float> out) { return out.size() + 1; };
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kInvalidArgument,
               "samples were read where");
  source.read = [](std::uint64_t first, std::span<float> out) {
    std::ranges::fill(out, 0.0F);
    if (first == 0) return out.size();
    out[3] = NAN;
    return std::size_t{5};
  };
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kInvalidArgument, "not a number");
  source.read = [](std::uint64_t, std::span<float>) -> Result<std::size_t> {
    return Error{ErrorCode::kIo, "the tape is torn"};
  };
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kIo, "the tape is torn");
  source.read = [](std::uint64_t, std::span<float>) -> std::size_t { throw 3; };
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kInternal, "internal error");
  source.length = std::uint64_t{16000} * 3600 * 25;
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kOutOfMemory, "longer than");
  source.length = {};
  source.sample_rate = 0;
  EXPECT_ERROR(session_.transcribe(source, options_), ErrorCode::kInvalidArgument,
               "sample_rate is 0");
  const Sound sound = demo_sound();
  EXPECT_TRUE(session_.transcribe(sound.samples, sound.sample_rate, options_));
}

TEST_P(Source, AbortIsAskedWhileItIsRead) {
  bool stop = false;
  std::size_t reads = 0;
  SoundSource source;
  source.read = [&](std::uint64_t, std::span<float> out) {
    std::ranges::fill(out, 0.0F);
    stop = ++reads == 3;
    return out.size();
  };
  TranscribeHooks hooks;
  hooks.abort = [&] { return stop; };
  EXPECT_ERROR(session_.transcribe(source, options_, hooks), ErrorCode::kAborted, "aborted");
  EXPECT_EQ(reads, 3U);
}

TEST(SourceOfWhisper, ASoundThatIsShorterTheSecondTimeIsAnError) {
  Session session = session_of(random_whisper_model());
  Recording recording{test_sound(200 * 16000), {}, 0};
  SoundSource source = recording.source();
  const auto read = source.read;
  int beginnings = 0;
  source.read = [&](std::uint64_t first, std::span<float> out) -> Result<std::size_t> {
    beginnings += first == 0;
    if (beginnings > 1 && first > 0) return std::size_t{0};
    return read(first, out);
  };
  EXPECT_ERROR(session.transcribe(source, options_for(random_whisper_model())), ErrorCode::kIo,
               "has changed while it was read");
}

// ---------------------------------------------------------------------------- models

std::string digits_file() {
  std::ifstream file(kDemo / "digits.gguf", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ModelReader, IsReadOnceInOrder) {
  const std::string file = digits_file();
  std::uint64_t next = 0;
  const ModelReader reader{file.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
                             EXPECT_EQ(offset, next);
                             next = offset + out.size();
                             std::memcpy(out.data(), file.data() + offset, out.size());
                             return ok();
                           }};
  const auto model = Model::load(reader, "archive/digits.gguf");
  ASSERT_OK(model);
  EXPECT_EQ(next, file.size());
  EXPECT_EQ(model->info().file, "archive/digits.gguf");
  EXPECT_EQ(model->info().file_bytes, file.size());
  Session session = session_of(*model);
  const Sound sound = demo_sound();
  EXPECT_EQ(session.transcribe(sound.samples, sound.sample_rate)->text, kSaid);
}

TEST(ModelReader, LiesAndFailuresAreErrors) {
  EXPECT_ERROR(Model::load(ModelReader{100, nullptr}, "x"), ErrorCode::kInvalidArgument,
               "x: there is nothing to read it with");
  const ModelReader torn{100, [](std::uint64_t, std::span<std::byte>) -> Status {
                           return Error{ErrorCode::kIo, "the tape is torn"};
                         }};
  EXPECT_ERROR(Model::load(torn, "x"), ErrorCode::kIo, "the tape is torn");
  // An exabyte of zeros is no model, which its first bytes say.
  int reads = 0;
  const ModelReader vast{std::uint64_t{1} << 60,
                         [&](std::uint64_t, std::span<std::byte>) { return ++reads, ok(); }};
  EXPECT_ERROR(Model::load(vast, "x"), ErrorCode::kCorruptFile, "x");
  EXPECT_EQ(reads, 1);
  EXPECT_ERROR(Model::load(ModelReader{0, torn.read}, "x"), ErrorCode::kCorruptFile, "x");
}

TEST(ModelInfo, SaysSizesTasksAndLanguages) {
  const ModelInfo& whisper = random_whisper_model().info();
  EXPECT_EQ(whisper.sizes.width, kWhisperMini.width);
  EXPECT_EQ(whisper.sizes.audio_context, 1500U);
  EXPECT_EQ(whisper.sizes.text_context, 448U);
  EXPECT_EQ(whisper.sizes.mel_bins, 80U);
  EXPECT_EQ(whisper.sizes.encoder_layers, 2U);
  EXPECT_EQ(whisper.sizes.decoder_heads, 2U);
  EXPECT_EQ(whisper.tasks, std::vector{Task::kTranscribe});
  EXPECT_EQ(whisper.spoken_languages, std::vector<std::string>{"en"});
  const ModelInfo& moonshine = digits().info();
  EXPECT_EQ(moonshine.sizes.mel_bins, 0U);
  EXPECT_GT(moonshine.sizes.encoder_heads, 0U);
  EXPECT_EQ(moonshine.tasks, std::vector{Task::kTranscribe});
}

TEST(ModelInfo, LoadingLogs) {
  std::string lines;
  LoadOptions options;
  options.log = [&](LogLevel, std::string_view line) { lines.append(line) += '\n'; };
  ASSERT_OK(Model::load(kDemo / "digits.gguf", options));
  EXPECT_NE(lines.find("digits.gguf: moonshine of"), std::string::npos) << lines;
}

}  // namespace
}  // namespace sotto
