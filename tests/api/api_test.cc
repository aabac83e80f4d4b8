// The public API on the bundled model, as an app uses it.
#include <gtest/gtest.h>
#include <sotto/sotto.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>

#include "tests/support/random_moonshine.h"
#include "tests/support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

const fs::path kDemo = fs::path(SOTTO_SOURCE_DIR) / "tools" / "demo";

const Model& digits() {
  static const Result<Model> model = Model::load(kDemo / "digits.gguf");
  EXPECT_TRUE(model) << model.error().message;
  return *model;
}

Sound sample(const std::string& name) {
  Result<Sound> sound = read_sound(kDemo / "samples" / name);
  EXPECT_TRUE(sound) << sound.error().message;
  return *std::move(sound);
}

std::string text_of(Session& session, const Sound& sound) {
  const Result<Transcript> transcript = session.transcribe(sound.samples, sound.sample_rate);
  EXPECT_TRUE(transcript) << transcript.error().message;
  return transcript ? transcript->text : "";
}

TEST(Api, TheBundledModelHearsTheBundledRecording) {
  Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  const Sound sound = sample("phone_flite_slt.wav");
  const Result<Transcript> transcript = session->transcribe(sound.samples, sound.sample_rate);
  ASSERT_OK(transcript);
  EXPECT_EQ(transcript->text, "five five five zero one four two");
  ASSERT_EQ(transcript->segments.size(), 1U);
  EXPECT_FALSE(transcript->segments[0].truncated);
  EXPECT_NEAR(transcript->audio_seconds, 3.07, 0.01);
  EXPECT_GT(transcript->total_seconds, 0.0);
}

// Each part lies within the whole that the transcript states.
TEST(Api, TimingsTellTheStagesApart) {
  Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  const Sound sound = sample("phone_flite_slt.wav");
  const Result<Transcript> transcript = session->transcribe(sound.samples, sound.sample_rate);
  ASSERT_OK(transcript);
  const Timings& t = transcript->timings;
  for (const StageTiming& stage : {t.encode, t.cross_kv, t.prompt, t.decode}) {
    EXPECT_GT(stage.seconds, 0);
    EXPECT_GT(stage.operations, 0);
    EXPECT_GT(stage.bytes, 0);
  }
  EXPECT_GT(t.frontend_seconds, 0);
  EXPECT_LE(t.frontend_seconds + t.encode.seconds + t.cross_kv.seconds, transcript->encode_seconds);
  EXPECT_LE(t.prompt.seconds + t.decode.seconds, transcript->decode_seconds * (1 + 1e-9));
  EXPECT_GT(t.first_token_seconds, transcript->encode_seconds);
  EXPECT_LT(t.first_token_seconds, transcript->total_seconds);
  // The start token, then each token of the text; the last of them gives the end token.
  EXPECT_EQ(t.prompt.tokens, 1U);
  EXPECT_EQ(t.decode.tokens, transcript->segments[0].tokens.size());
}

TEST(Api, TimingsAreOfOneTranscription) {
  Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  const Sound sound = sample("phone_flite_slt.wav");
  const Result<Transcript> first = session->transcribe(sound.samples, sound.sample_rate);
  const Result<Transcript> second = session->transcribe(sound.samples, sound.sample_rate);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(first->timings.encode.operations, second->timings.encode.operations);
  EXPECT_EQ(first->timings.decode.bytes, second->timings.decode.bytes);
  EXPECT_EQ(first->timings.decode.tokens, second->timings.decode.tokens);
}

TEST(Api, ASessionNamesItsKernelsOnce) {
  const Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  std::vector<std::string> kernels = session->kernels();
  EXPECT_TRUE(std::ranges::any_of(
      kernels, [](const std::string& kernel) { return kernel.starts_with("linear "); }));
  std::ranges::sort(kernels);
  EXPECT_EQ(std::ranges::adjacent_find(kernels), kernels.end());
}

TEST(Api, AModelFromBytesIsThatOfTheFile) {
  std::ifstream file(kDemo / "digits.gguf", std::ios::binary);
  const std::string contents{std::istreambuf_iterator<char>(file), {}};
  const Result<Model> model = Model::load(std::as_bytes(std::span(contents)), "memory");
  ASSERT_OK(model);
  EXPECT_EQ(model->info().file, "memory");
  EXPECT_EQ(model->info().file_bytes, contents.size());
  Result<Session> session = Session::create(*model);
  ASSERT_OK(session);
  EXPECT_EQ(text_of(*session, sample("phone_flite_slt.wav")), "five five five zero one four two");
  EXPECT_ERROR(Model::load(std::as_bytes(std::span("GGUX")), "memory"), ErrorCode::kCorruptFile,
               "memory");
}

TEST(Api, ModelSaysWhatItIs) {
  const ModelInfo& info = digits().info();
  EXPECT_EQ(info.architecture, "moonshine");
  EXPECT_EQ(info.license, "CC-BY-SA-4.0");
  EXPECT_EQ(info.vocabulary, 320U);
  EXPECT_GT(info.parameters, 1'800'000U);
  EXPECT_FALSE(info.metadata.empty());
}

TEST(Api, MemoryNeedIsKnownBeforeAndEnforced) {
  const Result<MemoryNeed> need = Session::memory_need(digits());
  ASSERT_OK(need);
  EXPECT_GT(need->session_bytes, 0U);
  SessionOptions options;
  options.memory_limit_bytes = need->session_bytes;
  const Result<Session> enough = Session::create(digits(), options);
  ASSERT_OK(enough);
  EXPECT_EQ(enough->memory().session_bytes, need->session_bytes);
  options.memory_limit_bytes = need->session_bytes - 1;
  EXPECT_ERROR(Session::create(digits(), options), ErrorCode::kOutOfMemory, "the limit is");
}

TEST(Api, OptionsOutOfRangeAreNamed) {
  SessionOptions options;
  options.threads = 1000;
  EXPECT_ERROR(Session::create(digits(), options), ErrorCode::kInvalidArgument, "threads is 1000");
  options = {};
  options.window_seconds = std::nan("");
  EXPECT_ERROR(Session::create(digits(), options), ErrorCode::kInvalidArgument, "window_seconds");
}

TEST(Api, BadSoundIsAnErrorAndTheSessionGoesOn) {
  Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  std::vector<float> sound(16000, 0.0F);
  EXPECT_ERROR(session->transcribe({}, 16000), ErrorCode::kInvalidArgument, "no samples");
  sound[77] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(session->transcribe(sound, 16000), ErrorCode::kInvalidArgument, "77");
  sound[77] = 0;
  EXPECT_ERROR(session->transcribe(sound, 0), ErrorCode::kInvalidArgument, "resample");
  EXPECT_EQ(text_of(*session, sample("phone_flite_slt.wav")), "five five five zero one four two");
}

TEST(Api, SilenceAndVeryShortSoundsGiveNoText) {
  Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  for (const std::size_t samples : {1, 100, 894, 895, 896, 16000, 480000, 480001}) {
    const Sound silence{std::vector<float>(samples, 0.0F), 16000};
    EXPECT_EQ(text_of(*session, silence), "") << samples;
  }
}

// Sentences with pauses, far longer than one pass: every one is heard, in order, with its time.
TEST(Api, LongSoundIsCutAtItsPauses) {
  SessionOptions options;
  options.window_seconds = 6;
  Result<Session> session = Session::create(digits(), options);
  ASSERT_OK(session);
  const Sound phrase = sample("pin_flite_kal16.wav");
  const std::string words = text_of(*session, phrase);
  ASSERT_FALSE(words.empty());
  Sound sound{{}, phrase.sample_rate};
  std::string want;
  for (int i = 0; i < 8; ++i) {
    sound.samples.insert(sound.samples.end(), phrase.samples.begin(), phrase.samples.end());
    sound.samples.resize(sound.samples.size() + 8000, 0.0F);
    want += (i == 0 ? "" : " ") + words;
  }
  const Result<Transcript> transcript = session->transcribe(sound.samples, sound.sample_rate);
  ASSERT_OK(transcript);
  EXPECT_EQ(transcript->text, want);
  EXPECT_GE(transcript->segments.size(), 4U);
  double end = 0;
  for (const Segment& segment : transcript->segments) {
    EXPECT_GE(segment.start_seconds, end);
    EXPECT_GT(segment.end_seconds, segment.start_seconds);
    EXPECT_LE(segment.end_seconds - segment.start_seconds, 6.0);
    end = segment.end_seconds;
  }
  EXPECT_LE(end, transcript->audio_seconds + 1e-9);
}

TEST(Api, SessionsOfOneModelRunInParallel) {
  const Sound sound = sample("phone_flite_slt.wav");
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (std::string& text : texts) {
    threads.emplace_back([&text, &sound] {
      SessionOptions options;
      options.threads = 2;
      Result<Session> session = Session::create(digits(), options);
      if (!session) return;
      for (int i = 0; i < 3; ++i) text = text_of(*session, sound);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, "five five five zero one four two");
}

TEST(Api, ASessionOutlivesTheHandleOfItsModel) {
  Result<Session> session = [] {
    Result<Model> model = Model::load(kDemo / "digits.gguf", {.memory_map = false});
    EXPECT_TRUE(model);
    return Session::create(*model);
  }();
  ASSERT_OK(session);
  EXPECT_EQ(text_of(*session, sample("phone_flite_slt.wav")), "five five five zero one four two");
}

TEST(Api, OtherSampleRatesAreResampled) {
#ifndef SOTTO_WITH_SAMPLERATE
  GTEST_SKIP() << "built without libsamplerate";
#endif
  Result<Session> session = Session::create(digits());
  ASSERT_OK(session);
  const Sound sound = sample("phone_flite_slt.wav");
  ASSERT_EQ(sound.sample_rate, 16000);
  Sound doubled{{}, 32000};
  for (std::size_t i = 0; i + 1 < sound.samples.size(); ++i) {
    doubled.samples.push_back(sound.samples[i]);
    doubled.samples.push_back((sound.samples[i] + sound.samples[i + 1]) / 2);
  }
  EXPECT_EQ(text_of(*session, doubled), "five five five zero one four two");
}

// ---------------------------------------------------------------------------- files

TEST(ApiFiles, MissingEmptyAndForeignModelsAreNamed) {
  const test::TempFolder temp;
  EXPECT_ERROR(Model::load(temp / "none.gguf"), ErrorCode::kIo, "none.gguf");
  test::write_file(temp / "empty.gguf", "");
  EXPECT_ERROR(Model::load(temp / "empty.gguf"), ErrorCode::kCorruptFile, "empty.gguf");
  test::write_file(temp / "text.gguf", "this is not a model, whatever its name says");
  EXPECT_ERROR(Model::load(temp / "text.gguf"), ErrorCode::kCorruptFile, "text.gguf");
}

TEST(ApiFiles, AModelCutAtEveryThousandthByteIsAnError) {
  const test::TempFolder temp;
  const fs::path file = temp / "cut.gguf";
  fs::copy_file(kDemo / "digits.gguf", file);
  const std::uintmax_t whole = fs::file_size(file);
  ASSERT_GT(whole, 1'000'000U);
  for (std::uintmax_t size = (whole - 1) / 1000 * 1000;; size -= 1000) {
    fs::resize_file(file, size);
    const Result<Model> model = Model::load(file);
    ASSERT_FALSE(model) << "cut at " << size;
    ASSERT_NE(model.error().message.find("cut.gguf"), std::string::npos) << model.error().message;
    if (size == 0) break;
  }
}

TEST(ApiFiles, WrongArchitectureAndMissingTokenizerAreNamed) {
  const test::TempFolder temp;
  format::GgufWriter other;
  other.add_string("general.architecture", "llama");
  ASSERT_OK(other.write(temp / "llama.gguf"));
  EXPECT_ERROR(Model::load(temp / "llama.gguf"), ErrorCode::kUnsupported,
               "llama.gguf: general.architecture is \"llama\"");
  ASSERT_OK(test::random_moonshine({64, 160, 500, 1, 1, 4, 4, 14}).write(temp / "mute.gguf"));
  EXPECT_ERROR(Model::load(temp / "mute.gguf"), ErrorCode::kCorruptFile,
               "tokenizer.ggml.sentencepiece_model");
}

TEST(ApiFiles, AnUnknownInstructionSetIsNamed) {
  ASSERT_EQ(setenv("SOTTO_MAX_ISA", "mmx", 1), 0);
  EXPECT_ERROR(Model::load(kDemo / "digits.gguf"), ErrorCode::kInvalidArgument, "'mmx'");
  ASSERT_EQ(setenv("SOTTO_MAX_ISA", "scalar", 1), 0);
  const Result<Model> model = Model::load(kDemo / "digits.gguf");
  ASSERT_EQ(unsetenv("SOTTO_MAX_ISA"), 0);
  ASSERT_OK(model);
  EXPECT_EQ(model->info().instruction_set, "scalar");
}

}  // namespace
}  // namespace sotto
