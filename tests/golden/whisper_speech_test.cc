// Real speech through the public API: the working model beside the project against what
// openai/whisper's own code made of it, line by line and in long form.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sotto/sotto.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "kernels/isa.h"
#include "tests/support/golden.h"
#include "tests/support/isas.h"
#include "tests/support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kHome = "models/whisper-tiny.en-standin";

std::vector<std::vector<std::string>> read_tsv(const fs::path& path) {
  std::ifstream lines(path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream row(line);
    rows.emplace_back();
    for (std::string field; std::getline(row, field, '\t');) rows.back().push_back(field);
  }
  return rows;
}

// "[0.30-2.32] And so | [3.24-4.42] asked", as reference.tsv has it.
std::string with_times(const Transcript& transcript) {
  std::string text;
  for (const Segment& s : transcript.segments) {
    char times[64];
    std::snprintf(times, sizeof times, "[%.2f-%.2f] ", s.start_seconds, s.end_seconds);
    if (!text.empty()) text += " | ";
    text += times;
    text += s.text;
  }
  return text;
}

class WhisperSpeech : public testing::TestWithParam<kernels::Isa> {
 protected:
  void SetUp() override {
    SOTTO_NEEDS_SHARED(kHome);
    SOTTO_NEEDS_ISA(GetParam());
    if (GetParam() == kernels::Isa::kScalar) GTEST_SKIP() << "would take an hour";
#ifdef SOTTO_EMULATED
    if (!test::every_golden()) GTEST_SKIP() << "a clip takes a minute; see SOTTO_EVERY_GOLDEN";
#endif
    ConvertOptions f32;
    f32.type = WeightType::kF32;
    const Status converted = convert(test::shared_root() / kHome / "hf", temp_ / "model.gguf", f32);
    ASSERT_TRUE(converted) << converted.error().message;
    ASSERT_EQ(::setenv("SOTTO_MAX_ISA", std::string(name(GetParam())).c_str(), 1), 0);
    auto model = Model::load(temp_ / "model.gguf");
    ::unsetenv("SOTTO_MAX_ISA");
    ASSERT_TRUE(model) << model.error().message;
    model_.emplace(*std::move(model));
    SessionOptions settings;
    settings.threads = 2;
    settings.word_timestamps = true;
    auto session = Session::create(*model_, settings);
    ASSERT_TRUE(session) << session.error().message;
    session_.emplace(*std::move(session));
  }

  static TranscribeOptions options() {
    TranscribeOptions o;
    o.temperature = {0.0};
    o.condition_on_previous_text = false;
    return o;
  }
  Transcript transcribe(const fs::path& file, const TranscribeOptions& o) {
    Result<Transcript> transcript = session_->transcribe_file(file, o);
    EXPECT_TRUE(transcript) << transcript.error().message;
    return transcript ? *std::move(transcript) : Transcript{};
  }

  test::TempFolder temp_;
  std::optional<Model> model_;
  std::optional<Session> session_;
};

TEST_P(WhisperSpeech, EveryLineOfTheReferenceIsExact) {
  const auto rows = read_tsv(test::shared_root() / kHome / "reference.tsv");
  ASSERT_GT(rows.size(), 1U);
  ASSERT_EQ(rows[0], (std::vector<std::string>{"path", "text", "timestamps_text", "min_gap"}));
  std::map<std::string, std::string> spoken;
  for (const auto& row : read_tsv(test::shared_root() / "speech" / "test-other.tsv")) {
    if (row.size() >= 2) spoken[row[0]] = row[1];
  }
  const bool widest = GetParam() == test::f32_isas().back();
  const std::size_t step = widest ? 1 : 8;
  std::size_t lines = 0, same_times = 0;
  WordErrors plain, timed;
  const auto count = [](const std::string& reference, const std::string& text, WordErrors& sum) {
    const auto a = normalize(reference, Normalizer::kEnglish);
    const auto b = normalize(text, Normalizer::kEnglish);
    ASSERT_TRUE(a && b);
    const auto errors = count_word_errors(*a, *b);
    ASSERT_TRUE(errors);
    sum.words += errors->words;
    sum.substitutions += errors->substitutions;
    sum.deletions += errors->deletions;
    sum.insertions += errors->insertions;
  };
  for (std::size_t i = 1; i < rows.size(); i += step) {
    ASSERT_GE(rows[i].size(), 4U);
    SCOPED_TRACE(rows[i][0]);
    const fs::path file = test::shared_root() / "speech" / rows[i][0];
    TranscribeOptions o = options();
    const Transcript times = transcribe(file, o);
    o.without_timestamps = true;
    const Transcript text = transcribe(file, o);
    if (std::stod(rows[i][3]) >= 0.02) {
      EXPECT_EQ(text.text, rows[i][1]);
    }
    const bool same = with_times(times) == rows[i][2];
    if (!same) {
      printf("%s\n  want %s\n  got  %s\n", rows[i][0].c_str(), rows[i][2].c_str(),
             with_times(times).c_str());
    }
    same_times += same ? 1 : 0;
    ++lines;
    if (!spoken.contains(rows[i][0])) continue;
    count(spoken[rows[i][0]], text.text, plain);
    count(spoken[rows[i][0]], times.text, timed);
  }
  EXPECT_GE(static_cast<double>(same_times), 0.95 * static_cast<double>(lines));
  ASSERT_GT(plain.words, 0U);
  const auto percent = [](const WordErrors& e) {
    return 100.0 * static_cast<double>(e.errors()) / static_cast<double>(e.words);
  };
  printf("%zu of %zu lines with times are equal; WER %.2f %% without times, %.2f %% with\n",
         same_times, lines, percent(plain), percent(timed));
  if (step > 1) return;
  EXPECT_EQ(plain.words, 877U);
  EXPECT_NEAR(percent(plain), 100.0 * 264 / 877, 0.3);
  EXPECT_NEAR(percent(timed), 100.0 * 283 / 877, 0.3);
}

// longform.json's file, as it says how to build it.
std::vector<float> long_file(const json& recipe) {
  std::vector<float> sound(recipe["samples"].get<std::size_t>());
  for (const json& clip : recipe["clips"]) {
    const auto part = read_sound(test::shared_root() / "speech" / clip["path"].get<std::string>());
    if (!part) throw std::runtime_error(part.error().message);
    if (part->sample_rate != 16000) throw std::runtime_error("not 16 kHz");
    const auto start = clip["start_sample"].get<std::size_t>();
    for (std::size_t i = 0; i < part->samples.size() && start + i < sound.size(); ++i) {
      sound[start + i] = part->samples[i];
    }
  }
  return sound;
}

TEST_P(WhisperSpeech, LongFormIsTheReferences) {
  if (GetParam() != test::f32_isas().back()) GTEST_SKIP() << "the widest alone";
  const json recipe = test::read_json(test::shared_root() / kHome / "longform.json");
  const std::vector<float> sound = long_file(recipe);
  for (const char* name : {"nocond", "words"}) {
    SCOPED_TRACE(name);
    const json& want = recipe["results"][name];
    TranscribeOptions o = options();
    o.word_timestamps = want["options"].value("word_timestamps", false);
    ASSERT_EQ(want["options"]["condition_on_previous_text"], false);
    const auto got = session_->transcribe(sound, 16000, o);
    ASSERT_TRUE(got) << got.error().message;

    const auto a = normalize(want["text"].get<std::string>(), Normalizer::kEnglish);
    const auto b = normalize(got->text, Normalizer::kEnglish);
    ASSERT_TRUE(a && b);
    const auto errors = count_word_errors(*a, *b);
    ASSERT_TRUE(errors);
    printf("%s: %zu of %zu words differ\n", name, errors->errors(), errors->words);
    EXPECT_LE(errors->errors() * 100, errors->words);

    // Segments of the same tokens at the same place have the same times.
    std::size_t compared = 0;
    std::vector<const json*> segments;
    for (const json& segment : want["segments"]) {
      if (!segment["tokens"].empty()) segments.push_back(&segment);
    }
    for (const Segment& s : got->segments) {
      const auto match = std::ranges::find_if(segments, [&](const json* w) {
        return (*w)["tokens"].get<std::vector<std::int32_t>>() == s.tokens &&
               std::fabs((*w)["seek"].get<double>() / 100 - s.seek_seconds) < 1;
      });
      if (match == segments.end()) continue;
      const json& w = **match;
      ++compared;
      EXPECT_NEAR(s.start_seconds, w["start"].get<double>(), 0.02 + 1e-6) << s.text;
      EXPECT_NEAR(s.end_seconds, w["end"].get<double>(), 0.02 + 1e-6) << s.text;
      if (!w.contains("words")) continue;
      ASSERT_EQ(s.words.size(), w["words"].size());
      for (std::size_t i = 0; i < s.words.size(); ++i) {
        EXPECT_EQ(s.words[i].text, w["words"][i]["word"].get<std::string>());
        EXPECT_NEAR(s.words[i].start_seconds, w["words"][i]["start"].get<double>(), 0.02 + 1e-6)
            << s.words[i].text;
        EXPECT_NEAR(s.words[i].end_seconds, w["words"][i]["end"].get<double>(), 0.02 + 1e-6)
            << s.words[i].text;
      }
    }
    printf("%s: times of %zu of %zu segments compared\n", name, compared, segments.size());
    EXPECT_GE(compared * 10, segments.size() * 9);
  }
}

// Mono 16-bit WAV at 16 kHz of `times` times the sound.
void write_wav(const fs::path& path, const std::vector<float>& sound, std::uint32_t times) {
  std::ofstream file(path, std::ios::binary);
  const auto bytes = static_cast<std::uint32_t>(sound.size() * 2 * times);
  const auto put = [&file](auto value) {
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
  };
  file << "RIFF";
  put(bytes + 36);
  file << "WAVEfmt ";
  put(std::uint32_t{16});
  put(std::uint16_t{1});
  put(std::uint16_t{1});
  put(std::uint32_t{16000});
  put(std::uint32_t{32000});
  put(std::uint16_t{2});
  put(std::uint16_t{16});
  file << "data";
  put(bytes);
  std::vector<std::int16_t> samples(sound.size());
  for (std::size_t i = 0; i < sound.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(std::lround(sound[i] * 32768.0F));
  }
  for (std::uint32_t i = 0; i < times; ++i) {
    file.write(reinterpret_cast<const char*>(samples.data()),
               static_cast<std::streamsize>(samples.size() * sizeof samples[0]));
  }
}

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// The share of the words of the clips in [begin, end) seconds that were heard within a second of
// their clip; the file is longform.json's, again and again.
double heard_in_place(const Transcript& transcript, const json& recipe, double begin, double end) {
  const double period = recipe["samples"].get<double>() / 16000;
  std::size_t words = 0, errors = 0;
  for (double offset = 0; offset < end; offset += period) {
    for (const json& clip : recipe["clips"]) {
      const double from = offset + clip["start_sample"].get<double>() / 16000;
      const double to = from + clip["samples"].get<double>() / 16000;
      if (from < begin || to >= end) continue;
      std::string heard;
      for (const Segment& segment : transcript.segments) {
        for (const Word& word : segment.words) {
          if (word.start_seconds >= from - 1 && word.end_seconds <= to + 1) heard += word.text;
        }
      }
      const auto a = normalize(clip["text"].get<std::string>(), Normalizer::kEnglish);
      const auto b = normalize(heard, Normalizer::kEnglish);
      if (!a || !b) throw std::runtime_error("normalize");
      const auto e = count_word_errors(*a, *b);
      if (!e) throw std::runtime_error(e.error().message);
      words += e->words;
      errors += e->substitutions + e->deletions;  // neighbours' words are insertions
    }
  }
  return words == 0 ? 0 : 1 - static_cast<double>(errors) / static_cast<double>(words);
}

// Twelve times the long file: an hour and more. Minutes long, so only where SOTTO_SOAK is set
// (tools/soak.sh).
TEST_P(WhisperSpeech, AnHourTakesNoMoreMemoryAndDoesNotDrift) {
  if (std::getenv("SOTTO_SOAK") == nullptr) GTEST_SKIP() << "SOTTO_SOAK is not set";
  if (GetParam() != test::f32_isas().back()) GTEST_SKIP() << "the widest alone";
  const json recipe = test::read_json(test::shared_root() / kHome / "longform.json");
  std::string said;
  for (const json& clip : recipe["clips"]) said += clip["text"].get<std::string>() + " ";
  {
    const std::vector<float> sound = long_file(recipe);
    write_wav(temp_ / "part.wav", sound, 1);
    write_wav(temp_ / "hour.wav", sound, 12);
  }
  TranscribeOptions o = options();
  o.word_timestamps = true;
  const auto word_error_rate = [](const std::string& reference, const Transcript& transcript) {
    const auto a = normalize(reference, Normalizer::kEnglish);
    const auto b = normalize(transcript.text, Normalizer::kEnglish);
    const auto e = count_word_errors(*a, *b);
    return 100.0 * static_cast<double>(e->errors()) / static_cast<double>(e->words);
  };
  const Transcript part = transcribe(temp_ / "part.wav", o);
  const long part_kilobytes = peak_kilobytes();
  const Transcript hour = transcribe(temp_ / "hour.wav", o);
  const long hour_kilobytes = peak_kilobytes();
  std::string said_twelve_times;
  for (int i = 0; i < 12; ++i) said_twelve_times += said;
  const double part_rate = word_error_rate(said, part);
  const double hour_rate = word_error_rate(said_twelve_times, hour);
  const double first = heard_in_place(hour, recipe, 0, 60);
  const double last = heard_in_place(hour, recipe, hour.audio_seconds - 61, hour.audio_seconds);
  printf(
      "%.0f s: WER %.2f %%, its part's %.2f %%; peak memory %ld KB, after the part %ld KB; heard "
      "in place %.1f %% of the first minute, %.1f %% of the last; real-time factor %.4f\n",
      hour.audio_seconds, hour_rate, part_rate, hour_kilobytes, part_kilobytes, 100 * first,
      100 * last, hour.total_seconds / hour.audio_seconds);
  EXPECT_GT(hour.audio_seconds, 3600);
  EXPECT_NEAR(hour_rate, part_rate, 1.0);
  // The transcript itself, with its words, and what the allocator keeps of it.
  EXPECT_LE(hour_kilobytes, part_kilobytes + 8192);
  EXPECT_GT(first, 0.5);
  EXPECT_GT(last, first - 0.15);
}

// What the reference's README says of this model: no words where nothing is said, however long.
TEST_P(WhisperSpeech, SilenceNoiseAndHumHaveNoWords) {
  if (GetParam() != test::f32_isas().back()) GTEST_SKIP() << "the widest alone";
  const auto noise = [](std::size_t i) {
    return static_cast<float>((i * 2654435761U >> 7) % 2001) / 10000.0F - 0.1F;
  };
  const auto hum = [](std::size_t i) {
    return 0.1F * static_cast<float>(std::sin(2 * 3.14159265358979 * 50 * double(i) / 16000));
  };
  for (const std::size_t seconds : {1U, 10U, 35U}) {
    std::vector<float> sound(seconds * 16000);
    for (const int kind : {0, 1, 2}) {
      for (std::size_t i = 0; i < sound.size(); ++i) {
        sound[i] = kind == 0 ? 0.0F : kind == 1 ? noise(i) : hum(i) + 0.02F * noise(i);
      }
      const auto got = session_->transcribe(sound, 16000, options());
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(got->text, "") << seconds << " s of kind " << kind;
    }
  }
}

TEST_P(WhisperSpeech, ClipsOfEveryAwkwardLengthAreNoError) {
  if (GetParam() != test::f32_isas().back()) GTEST_SKIP() << "the widest alone";
  const auto speech = read_sound(test::shared_root() / "speech" / "misc" / "jfk.wav");
  ASSERT_TRUE(speech) << speech.error().message;
  const std::size_t lengths[] = {0, 1, 159, 160, 399, 400, 479'999, 480'000, 480'001};
  for (const std::size_t length : lengths) {
    SCOPED_TRACE(length);
    std::vector<float> sound(length);
    for (std::size_t i = 0; i < length; ++i) {
      sound[i] = speech->samples[i % speech->samples.size()];
    }
    for (const bool without_timestamps : {false, true}) {
      TranscribeOptions o = options();
      o.without_timestamps = without_timestamps;
      const auto got = session_->transcribe(sound, 16000, o);
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_NEAR(got->audio_seconds, static_cast<double>(length) / 16000, 1e-9);
      const bool says = got->text.find("fellow Americans") != std::string::npos;
      EXPECT_EQ(says, length > 400'000) << got->text;
      EXPECT_LE(got->text.size(), 20 + length / 300) << got->text;
      for (const Segment& s : got->segments) EXPECT_LE(s.start_seconds, s.end_seconds);
    }
  }
}

SOTTO_TEST_EACH_ISA(WhisperSpeech);

}  // namespace
}  // namespace sotto
