// sotto.h on the bundled model: every call once as it should be, and every wrong one as an error.
#include <gtest/gtest.h>
#include <sotto/sotto.h>
#include <sotto/sotto.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <set>
#include <thread>

#include "tests/support/temp_folder.h"

namespace {

namespace fs = std::filesystem;

const fs::path kDemo = fs::path(SOTTO_SOURCE_DIR) / "tools" / "demo";
const std::string kModel = (kDemo / "digits.gguf").string();
const std::string kSound = (kDemo / "samples" / "phone_flite_slt.wav").string();
constexpr const char* kSaid = "five five five zero one four two";

template <typename T, void (*free)(T*)>
struct Free {
  void operator()(T* object) const { free(object); }
};
template <typename T, void (*free)(T*)>
using Owned = std::unique_ptr<T, Free<T, free>>;
using Model = Owned<sotto_model, sotto_model_free>;
using Session = Owned<sotto_session, sotto_session_free>;
using Options = Owned<sotto_options, sotto_options_free>;
using Transcript = Owned<sotto_transcript, sotto_transcript_free>;
using Hooks = Owned<sotto_hooks, sotto_hooks_free>;
using Sound = Owned<sotto_sound, sotto_sound_free>;
using Memory = Owned<void, sotto_free>;

// Takes the error of one call.
class Failure {
 public:
  ~Failure() { sotto_error_free(error_); }
  operator sotto_error**() {
    sotto_error_free(error_);
    error_ = nullptr;
    return &error_;
  }
  sotto_code code() const { return sotto_error_code(error_); }
  std::string message() const { return sotto_error_message(error_); }

 private:
  sotto_error* error_ = nullptr;
};

void expect(const Failure& failure, sotto_code code, const std::string& part) {
  EXPECT_EQ(failure.code(), code) << failure.message();
  EXPECT_NE(failure.message().find(part), std::string::npos) << failure.message();
}

Model load() {
  Failure failure;
  Model model(sotto_model_load(kModel.c_str(), nullptr, failure));
  EXPECT_EQ(failure.message(), "");
  return model;
}

Session session(const sotto_model* model) {
  Failure failure;
  Session made(sotto_session_new(model, nullptr, failure));
  EXPECT_EQ(failure.message(), "");
  return made;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(CApi, HearsTheBundledRecording) {
  const Model model = load();
  const Session one = session(model.get());
  Failure failure;
  const Transcript heard(
      sotto_transcribe_file(one.get(), kSound.c_str(), nullptr, nullptr, failure));
  ASSERT_NE(heard, nullptr) << failure.message();
  EXPECT_EQ(failure.code(), SOTTO_OK);
  EXPECT_STREQ(sotto_transcript_text(heard.get()), kSaid);
  EXPECT_NEAR(sotto_transcript_seconds(heard.get(), SOTTO_SECONDS_AUDIO), 3.07, 0.01);
  EXPECT_GT(sotto_transcript_seconds(heard.get(), SOTTO_SECONDS_TOTAL), 0);
  EXPECT_GT(sotto_transcript_stage(heard.get(), SOTTO_STAGE_DECODE, SOTTO_MEASURE_TOKENS), 5);
  ASSERT_EQ(sotto_transcript_segment_count(heard.get()), 1U);
  const sotto_segment* segment = sotto_transcript_segment(heard.get(), 0);
  EXPECT_STREQ(sotto_segment_text(segment), kSaid);
  EXPECT_EQ(sotto_segment_start(segment), 0);
  EXPECT_NEAR(sotto_segment_end(segment), 3.07, 0.01);
  EXPECT_FALSE(sotto_segment_truncated(segment));
  ASSERT_GT(sotto_segment_token_count(segment), 5U);
  EXPECT_GT(sotto_segment_token(segment, 0), 0);
  EXPECT_EQ(sotto_segment_word_count(segment), 0U);
}

TEST(CApi, SamplesAndSourcesAreHeardAsTheFileIs) {
  const Model model = load();
  const Session one = session(model.get());
  Failure failure;
  const Sound sound(sotto_read_sound(kSound.c_str(), failure));
  ASSERT_NE(sound, nullptr) << failure.message();
  const Transcript samples(
      sotto_transcribe(one.get(), sotto_sound_samples(sound.get()), sotto_sound_count(sound.get()),
                       sotto_sound_rate(sound.get()), nullptr, nullptr, nullptr));
  EXPECT_STREQ(sotto_transcript_text(samples.get()), kSaid);
  const auto read = [](void* user, uint64_t first, float* out, size_t count) -> ptrdiff_t {
    const auto* from = static_cast<const sotto_sound*>(user);
    const size_t left = sotto_sound_count(from) - first;
    count = std::min(count, left);
    std::copy_n(sotto_sound_samples(from) + first, count, out);
    return static_cast<ptrdiff_t>(count);
  };
  const Transcript source(sotto_transcribe_source(
      one.get(), read, sound.get(), sotto_sound_rate(sound.get()), -1, nullptr, nullptr, nullptr));
  EXPECT_STREQ(sotto_transcript_text(source.get()), kSaid);
  const auto broken = [](void*, uint64_t, float*, size_t) -> ptrdiff_t { return -1; };
  EXPECT_EQ(
      sotto_transcribe_source(one.get(), broken, nullptr, 16000, -1, nullptr, nullptr, failure),
      nullptr);
  expect(failure, SOTTO_IO, "could not be read at sample 0");
}

TEST(CApi, ModelsComeFromBytesAndReaders) {
  const std::string file = contents(kModel);
  Failure failure;
  const Model bytes(sotto_model_load_bytes(file.data(), file.size(), "memory", nullptr, failure));
  ASSERT_NE(bytes, nullptr) << failure.message();
  EXPECT_STREQ(sotto_model_text(bytes.get(), SOTTO_MODEL_FILE), "memory");
  const auto read = [](void* user, uint64_t offset, void* out, size_t count) -> int {
    std::memcpy(out, static_cast<const std::string*>(user)->data() + offset, count);
    return 0;
  };
  const Model reader(sotto_model_load_reader(read, const_cast<std::string*>(&file), file.size(),
                                             "archive", nullptr, failure));
  ASSERT_NE(reader, nullptr) << failure.message();
  EXPECT_STREQ(sotto_model_text(reader.get(), SOTTO_MODEL_FILE), "archive");
  const auto broken = [](void*, uint64_t, void*, size_t) -> int { return 1; };
  EXPECT_EQ(sotto_model_load_reader(broken, nullptr, 100, "archive", nullptr, failure), nullptr);
  expect(failure, SOTTO_IO, "archive: could not be read at 0");
  EXPECT_EQ(sotto_model_load_reader(nullptr, nullptr, 100, "archive", nullptr, nullptr), nullptr);
}

TEST(CApi, ModelSaysWhatItIs) {
  const Model model = load();
  const sotto::ModelInfo info = sotto::Model::load(kModel)->info();
  EXPECT_STREQ(sotto_model_text(model.get(), SOTTO_MODEL_ARCHITECTURE), "moonshine");
  EXPECT_STREQ(sotto_model_text(model.get(), SOTTO_MODEL_LICENSE), "CC-BY-SA-4.0");
  EXPECT_EQ(sotto_model_text(model.get(), SOTTO_MODEL_NAME), info.name);
  EXPECT_EQ(sotto_model_text(model.get(), SOTTO_MODEL_INSTRUCTION_SET), info.instruction_set);
  EXPECT_EQ(sotto_model_number(model.get(), SOTTO_MODEL_PARAMETERS), info.parameters);
  EXPECT_EQ(sotto_model_number(model.get(), SOTTO_MODEL_VOCABULARY), 320U);
  EXPECT_EQ(sotto_model_number(model.get(), SOTTO_MODEL_WIDTH), info.sizes.width);
  EXPECT_EQ(sotto_model_number(model.get(), SOTTO_MODEL_ENCODER_LAYERS), info.sizes.encoder_layers);
  EXPECT_GT(info.sizes.width * info.sizes.encoder_layers * info.sizes.decoder_heads, 0U);
  ASSERT_EQ(sotto_model_count(model.get(), SOTTO_MODEL_TASKS), 1U);
  EXPECT_STREQ(sotto_model_entry(model.get(), SOTTO_MODEL_TASKS, 0), "transcribe");
  ASSERT_EQ(sotto_model_count(model.get(), SOTTO_MODEL_TENSORS), info.tensors.size());
  EXPECT_EQ(sotto_model_entry(model.get(), SOTTO_MODEL_TENSORS, 1), info.tensors[1].first);
  EXPECT_EQ(sotto_model_value(model.get(), SOTTO_MODEL_TENSORS, 1), info.tensors[1].second);
  EXPECT_EQ(sotto_model_count(model.get(), SOTTO_MODEL_METADATA), info.metadata.size());
  EXPECT_STREQ(sotto_model_entry(model.get(), SOTTO_MODEL_METADATA, 1000000), "");
}

TEST(CApi, MemoryIsKnownAndEnforced) {
  const Model model = load();
  sotto_memory need;
  ASSERT_EQ(sotto_memory_need(model.get(), nullptr, &need, nullptr), SOTTO_OK);
  EXPECT_EQ(sotto_session_memory(session(model.get()).get()).session_bytes, need.session_bytes);
  const Options options(sotto_options_new(SOTTO_SESSION_OPTIONS));
  const std::string limit = std::to_string(need.session_bytes - 1);
  ASSERT_EQ(sotto_options_set(options.get(), "memory_limit_bytes", limit.c_str(), nullptr),
            SOTTO_OK);
  Failure failure;
  EXPECT_EQ(sotto_session_new(model.get(), options.get(), failure), nullptr);
  expect(failure, SOTTO_OUT_OF_MEMORY, "the limit is");
  const Memory plan(sotto_describe_plan(model.get(), nullptr, nullptr));
  EXPECT_NE(std::string(static_cast<char*>(plan.get())).find("encode"), std::string::npos);
}

TEST(CApi, OptionsAreSetByNameAndRefusedByName) {
  const Options options(sotto_options_new(SOTTO_TRANSCRIBE_OPTIONS));
  const auto set = [&](const char* name, const char* value) {
    Failure failure;
    const sotto_code code = sotto_options_set(options.get(), name, value, failure);
    EXPECT_EQ(code, failure.code());
    return failure.message();
  };
  const std::pair<const char*, const char*> good[] = {
      {"task", "translate"},       {"language", "de"},
      {"languages", "de,fr"},      {"languages", ""},
      {"temperature", "0,0.4"},    {"beam_size", "5"},
      {"length_penalty", "none"},  {"length_penalty", "1"},
      {"word_timestamps", "true"}, {"seed", "18446744073709551615"}};
  for (const auto& [name, value] : good) EXPECT_EQ(set(name, value), "");
  EXPECT_EQ(set("beams", "5"), "\"beams\" is no option of a transcription");
  EXPECT_EQ(set("threads", "5"), "\"threads\" is no option of a transcription");
  EXPECT_EQ(set("beam_size", "-1"), "beam_size is \"-1\", expected a whole number, 0 or more");
  EXPECT_EQ(set("beam_size", "5x"), "beam_size is \"5x\", expected a whole number, 0 or more");
  EXPECT_EQ(set("patience", "nan"), "patience is \"nan\", expected a number");
  EXPECT_EQ(set("temperature", "0,"),
            "temperature is \"0,\", expected something behind the last comma");
  EXPECT_EQ(set("suppress_blank", "yes"), "suppress_blank is \"yes\", expected true or false");
  EXPECT_EQ(set(nullptr, "1"), "name is null");
  EXPECT_EQ(set("seed", nullptr), "value is null");
}

// What the model cannot honour is refused where it is used, by the option's name.
TEST(CApi, OptionsReachTheTranscription) {
  const Model model = load();
  const Session one = session(model.get());
  const std::set<std::string> moonshines = {"repetition_guard"};
  const char* other[] = {"true", "2", "none", "de", "0.5", "translate", "false", "1,2"};
  size_t refused = 0;
  for (size_t i = 0; i < sotto_options_count(SOTTO_TRANSCRIBE_OPTIONS); ++i) {
    const std::string name = sotto_options_name(SOTTO_TRANSCRIBE_OPTIONS, i);
    if (moonshines.contains(name)) continue;
    bool named = false;
    for (const char* value : other) {
      const Options options(sotto_options_new(SOTTO_TRANSCRIBE_OPTIONS));
      if (sotto_options_set(options.get(), name.c_str(), value, nullptr) != SOTTO_OK) continue;
      Failure failure;
      const float silence[100] = {};
      const Transcript got(
          sotto_transcribe(one.get(), silence, 100, 16000, options.get(), nullptr, failure));
      if (got == nullptr) {
        named = failure.message() == name + " is set, which Moonshine does not have";
        EXPECT_TRUE(named) << failure.message();
        break;
      }
    }
    EXPECT_TRUE(named) << name;
    refused += named;
  }
  EXPECT_EQ(refused, 27U);
}

TEST(CApi, OptionsOfAnotherCallAreErrors) {
  const Model model = load();
  const Options options(sotto_options_new(SOTTO_CONVERT_OPTIONS));
  Failure load_failure, session_failure, convert_failure;
  EXPECT_EQ(sotto_model_load(kModel.c_str(), options.get(), load_failure), nullptr);
  expect(load_failure, SOTTO_INVALID_ARGUMENT,
         "the options are for a conversion, expected those for loading");
  EXPECT_EQ(sotto_session_new(model.get(), options.get(), session_failure), nullptr);
  expect(session_failure, SOTTO_INVALID_ARGUMENT, "expected those for a session");
  EXPECT_EQ(sotto_options_new(static_cast<sotto_options_kind>(9)), nullptr);
}

TEST(CApi, HooksSeeSegmentsProgressAndLines) {
  struct Seen {
    std::string text;
    std::vector<double> progress;
    std::string lines;
    size_t logits = 0;
    int asked = 0;
  } seen;
  const auto of = [](void* user) { return static_cast<Seen*>(user); };
  static const auto to = of;
  const Hooks hooks(sotto_hooks_new());
  sotto_hooks_segment(
      hooks.get(),
      [](void* user, const sotto_segment* s) { to(user)->text += sotto_segment_text(s); }, &seen);
  sotto_hooks_progress(
      hooks.get(), [](void* user, double share) { to(user)->progress.push_back(share); }, &seen);
  sotto_hooks_log(
      hooks.get(),
      [](void* user, sotto_log_level, const char* line) { to(user)->lines.append(line) += '\n'; },
      &seen);
  sotto_hooks_logits(
      hooks.get(),
      [](void* user, const int32_t*, size_t, float*, size_t count) { to(user)->logits = count; },
      &seen);
  sotto_hooks_abort(
      hooks.get(), [](void* user) { return ++to(user)->asked < 0 ? 1 : 0; }, &seen);
  const Model model = load();
  const Session one = session(model.get());
  const Transcript heard(
      sotto_transcribe_file(one.get(), kSound.c_str(), nullptr, hooks.get(), nullptr));
  ASSERT_NE(heard, nullptr);
  EXPECT_EQ(seen.text, kSaid);
  ASSERT_FALSE(seen.progress.empty());
  EXPECT_EQ(seen.progress.back(), 1.0);
  EXPECT_NE(seen.lines.find("s of sound in"), std::string::npos) << seen.lines;
  EXPECT_EQ(seen.logits, 320U);
  EXPECT_GT(seen.asked, 20);

  sotto_hooks_abort(
      hooks.get(), [](void*) { return 1; }, nullptr);
  Failure failure;
  EXPECT_EQ(sotto_transcribe_file(one.get(), kSound.c_str(), nullptr, hooks.get(), failure),
            nullptr);
  expect(failure, SOTTO_ABORTED, "aborted");
  sotto_hooks_abort(hooks.get(), nullptr, nullptr);
  const Transcript again(
      sotto_transcribe_file(one.get(), kSound.c_str(), nullptr, hooks.get(), nullptr));
  EXPECT_STREQ(sotto_transcript_text(again.get()), kSaid);
}

TEST(CApi, LoadingLogsToItsOptions) {
  const Options options(sotto_options_new(SOTTO_LOAD_OPTIONS));
  std::string lines;
  const auto log = [](void* user, sotto_log_level, const char* line) {
    static_cast<std::string*>(user)->append(line);
  };
  ASSERT_EQ(sotto_options_on_log(options.get(), log, &lines, nullptr), SOTTO_OK);
  const Model model(sotto_model_load(kModel.c_str(), options.get(), nullptr));
  EXPECT_NE(lines.find("digits.gguf: moonshine of "), std::string::npos) << lines;
  const Options other(sotto_options_new(SOTTO_SESSION_OPTIONS));
  EXPECT_EQ(sotto_options_on_log(other.get(), log, &lines, nullptr), SOTTO_INVALID_ARGUMENT);
}

TEST(CApi, NullIsAnErrorOrNothing) {
  const Model model = load();
  const Session one = session(model.get());
  size_t size = 0;
  sotto_word_errors counts;
  sotto_memory need;
  const auto null = [](auto call, const char* name) {
    Failure failure;
    call(failure);
    expect(failure, SOTTO_INVALID_ARGUMENT, std::string(name) + " is null");
    call(nullptr);
  };
  null([](sotto_error** e) { sotto_model_load(nullptr, nullptr, e); }, "file");
  null([](sotto_error** e) { sotto_model_load_bytes(nullptr, 1, "x", nullptr, e); }, "bytes");
  null([](sotto_error** e) { sotto_model_load_bytes("x", 1, nullptr, nullptr, e); }, "name");
  null([](sotto_error** e) { sotto_model_load_reader(nullptr, nullptr, 1, nullptr, nullptr, e); },
       "name");
  null([](sotto_error** e) { sotto_session_new(nullptr, nullptr, e); }, "model");
  null([&](sotto_error** e) { sotto_memory_need(nullptr, nullptr, &need, e); }, "model");
  null([&](sotto_error** e) { sotto_memory_need(model.get(), nullptr, nullptr, e); }, "need");
  null([](sotto_error** e) { sotto_describe_plan(nullptr, nullptr, e); }, "model");
  null([](sotto_error** e) { sotto_transcribe(nullptr, nullptr, 0, 1, nullptr, nullptr, e); },
       "session");
  null([&](sotto_error** e) { sotto_transcribe(one.get(), nullptr, 1, 1, nullptr, nullptr, e); },
       "samples");
  null([&](sotto_error** e) { sotto_transcribe_file(one.get(), nullptr, nullptr, nullptr, e); },
       "file");
  null([](sotto_error** e) { sotto_read_sound(nullptr, e); }, "file");
  null([](sotto_error** e) { sotto_read_sound_bytes(nullptr, 1, "x", e); }, "bytes");
  null([](sotto_error** e) { sotto_options_set(nullptr, "x", "x", e); }, "options");
  null([](sotto_error** e) { sotto_options_on_log(nullptr, nullptr, nullptr, e); }, "options");
  null([](sotto_error** e) { sotto_convert(nullptr, "x", nullptr, e); }, "source");
  null([](sotto_error** e) { sotto_convert("x", nullptr, nullptr, e); }, "target");
  null([&](sotto_error** e) { sotto_synthetic_model(nullptr, "x", &size, e); }, "model");
  null([](sotto_error** e) { sotto_synthetic_model("x", "x", nullptr, e); }, "size");
  null([](sotto_error** e) { sotto_normalize(nullptr, SOTTO_NORMALIZER_BASIC, e); }, "text");
  null([&](sotto_error** e) { sotto_count_word_errors(nullptr, "", &counts, e); }, "reference");
  null([&](sotto_error** e) { sotto_count_word_errors("", nullptr, &counts, e); }, "hypothesis");
  null([](sotto_error** e) { sotto_count_word_errors("", "", nullptr, e); }, "counts");

  sotto_model_free(nullptr);
  sotto_session_free(nullptr);
  sotto_transcript_free(nullptr);
  sotto_sound_free(nullptr);
  sotto_options_free(nullptr);
  sotto_hooks_free(nullptr);
  sotto_error_free(nullptr);
  sotto_free(nullptr);
  sotto_hooks_log(nullptr, nullptr, nullptr);
  sotto_hooks_abort(nullptr, nullptr, nullptr);
  EXPECT_STREQ(sotto_model_text(nullptr, SOTTO_MODEL_NAME), "");
  EXPECT_EQ(sotto_model_number(nullptr, SOTTO_MODEL_WIDTH), 0U);
  EXPECT_STREQ(sotto_model_value(nullptr, SOTTO_MODEL_TENSORS, 0), "");
  EXPECT_EQ(sotto_session_threads(nullptr), 0U);
  EXPECT_STREQ(sotto_session_kernel(nullptr, 0), "");
  EXPECT_STREQ(sotto_transcript_text(nullptr), "");
  EXPECT_EQ(sotto_transcript_segment(nullptr, 0), nullptr);
  EXPECT_STREQ(sotto_segment_text(nullptr), "");
  EXPECT_EQ(sotto_segment_token(nullptr, 0), 0);
  EXPECT_EQ(sotto_segment_word(nullptr, 0), nullptr);
  EXPECT_STREQ(sotto_word_text(nullptr), "");
  EXPECT_EQ(sotto_sound_count(nullptr), 0U);
}

TEST(CApi, ErrorsCarryTheirCodes) {
  const sotto::test::TempFolder temp;
  Failure missing, corrupt;
  EXPECT_EQ(sotto_model_load((temp / "none.gguf").c_str(), nullptr, missing), nullptr);
  expect(missing, SOTTO_IO, "none.gguf");
  EXPECT_EQ(sotto_model_load_bytes("GGUX", 4, "memory", nullptr, corrupt), nullptr);
  expect(corrupt, SOTTO_CORRUPT_FILE, "memory");
}

TEST(CApi, ConvertsMakesModelsAndCountsWords) {
  const sotto::test::TempFolder temp;
  const Options options(sotto_options_new(SOTTO_CONVERT_OPTIONS));
  ASSERT_EQ(sotto_options_set(options.get(), "type", "q8_0", nullptr), SOTTO_OK);
  ASSERT_EQ(sotto_options_set(options.get(), "name", "small", nullptr), SOTTO_OK);
  Failure failure;
  ASSERT_EQ(sotto_convert(kModel.c_str(), (temp / "q8.gguf").c_str(), options.get(), failure),
            SOTTO_OK)
      << failure.message();
  const Model model(sotto_model_load((temp / "q8.gguf").c_str(), nullptr, failure));
  EXPECT_STREQ(sotto_model_text(model.get(), SOTTO_MODEL_NAME), "small");

  size_t size = 0;
  EXPECT_EQ(sotto_synthetic_model("whisper:huge", "f16", &size, failure), nullptr);
  expect(failure, SOTTO_INVALID_ARGUMENT, "huge");
  const Memory text(sotto_normalize("Mr. Smith won't!", SOTTO_NORMALIZER_ENGLISH, nullptr));
  EXPECT_STREQ(static_cast<char*>(text.get()), "mister smith will not");
  sotto_word_errors counts;
  ASSERT_EQ(sotto_count_word_errors("the cat sat", "the cat sit down", &counts, nullptr), SOTTO_OK);
  EXPECT_EQ(counts.words, 3U);
  EXPECT_EQ(counts.substitutions + counts.insertions, 2U);
  EXPECT_EQ(sotto_version(), sotto::version());
}

TEST(CApi, LanguagesAreThoseOfTheLibrary) {
  const char *code = nullptr, *name = nullptr;
  ASSERT_EQ(sotto_language(2, &code, &name), 1);
  EXPECT_STREQ(code, "de");
  EXPECT_STREQ(name, "german");
  EXPECT_EQ(sotto_language(0, nullptr, nullptr), 1);
  std::size_t count = 0;
  while (sotto_language(count, &code, &name) != 0) {
    const auto language = count < sotto::languages().size()
                              ? sotto::languages()[count]
                              : sotto::language_aliases()[count - sotto::languages().size()];
    EXPECT_EQ(code, language.code);
    EXPECT_EQ(name, language.name);
    ++count;
  }
  EXPECT_EQ(count, sotto::languages().size() + sotto::language_aliases().size());
  EXPECT_EQ(sotto_language(SIZE_MAX, nullptr, nullptr), 0);
}

TEST(CApi, SessionsWithHooksRunInParallel) {
  const Model model = load();
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (std::string& text : texts) {
    threads.emplace_back([&text, &model] {
      const Options options(sotto_options_new(SOTTO_SESSION_OPTIONS));
      sotto_options_set(options.get(), "threads", "2", nullptr);
      const Session one(sotto_session_new(model.get(), options.get(), nullptr));
      const Hooks hooks(sotto_hooks_new());
      sotto_hooks_segment(
          hooks.get(),
          [](void* user, const sotto_segment* s) {
            static_cast<std::string*>(user)->append(sotto_segment_text(s));
          },
          &text);
      sotto_hooks_abort(
          hooks.get(), [](void*) { return 0; }, nullptr);
      for (int i = 0; i < 2; ++i) {
        text.clear();
        const Transcript heard(
            sotto_transcribe_file(one.get(), kSound.c_str(), nullptr, hooks.get(), nullptr));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, kSaid);
}

}  // namespace
