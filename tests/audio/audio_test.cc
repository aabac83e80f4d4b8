#include "lib/audio/audio.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/audio/aiff_builder.h"
#include "tests/audio/needs.h"
#include "tests/audio/wav_builder.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace sotto::audio {
namespace {

namespace fs = std::filesystem;

// A folder for one test's files.
class ReadFile : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& bytes) const {
    test::write_file(folder_ / name, bytes);
    return folder_ / name;
  }
  // The message without the folder.
  std::string refused(const fs::path& path, const ReadOptions& options = {}) const {
    const Result<Sound> sound = read_file(path, options);
    if (sound) return "no error";
    std::string message = sound.error().message;
    const std::string prefix = folder_.path().string() + "/";
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    return message;
  }

  test::TempFolder folder_;
};

TEST_F(ReadFile, ReadsAWavFile) {
  const fs::path path = write("a.wav", Wav{.rate = 8000, .data = pcm16({16384, -32768})}.bytes());
  const Result<Sound> sound = read_file(path);
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ(sound->samples, (std::vector<float>{0.5F, -1.0F}));
  EXPECT_EQ(sound->sample_rate, 8000);
}

TEST_F(ReadFile, GivesTheSameForBytes) {
  const std::string wav = Wav{.channels = 2, .data = pcm16(std::vector<int>(100000, 99))}.bytes();
  const Result<Sound> file = read_file(write("a.wav", wav));
  const Result<Sound> bytes = read_bytes("<stdin>", bytes_of(wav));
  ASSERT_TRUE(file && bytes);
  EXPECT_EQ(file->samples, bytes->samples);
  EXPECT_EQ(read_bytes("<stdin>", {}).error().message, "<stdin>: is empty");
}

TEST_F(ReadFile, NamesWhatIsNoFile) {
  EXPECT_EQ(refused(folder_ / "none.wav"), "none.wav: cannot open: No such file or directory");
  fs::create_directory(folder_ / "sub");
  EXPECT_EQ(refused(folder_ / "sub"), "sub: is a directory, expected a sound file");
  EXPECT_EQ(refused(write("empty.wav", "")), "empty.wav: is empty");
  EXPECT_EQ(refused("/dev/null"), "/dev/null: is neither a file nor a pipe");
  if (::geteuid() != 0) {
    const fs::path locked = write("locked.wav", "RIFF");
    fs::permissions(locked, fs::perms::none);
    EXPECT_EQ(refused(locked), "locked.wav: cannot open: Permission denied");
  }
}

TEST_F(ReadFile, NamesWhatIsNoSound) {
  const std::string message = refused(write("a.txt", "This is a text, and nothing else.\n"));
#ifdef SOTTO_WITH_SNDFILE
  EXPECT_TRUE(message.starts_with("a.txt: is not a sound file that can be read: ")) << message;
#else
  EXPECT_EQ(message, "a.txt: is not a WAV file, and sotto was built without libsndfile for others");
#endif
  EXPECT_EQ(refused(write("a.avi", "RIFF" + little(8, 4) + "AVI LIST")),
            "a.avi: is not a RIFF/WAVE file");
  EXPECT_EQ(refused(write("r.wav", "RIFF")), "r.wav: is cut short in the RIFF header");
}

TEST_F(ReadFile, RefusesEveryTruncationOfAWavFile) {
  const std::string wav = Wav{.data = pcm16(std::vector<int>(100, 7))}.bytes();
  for (std::size_t size = 1; size < 200; ++size) {
    const std::string message = refused(write("t.wav", wav.substr(0, size)));
    EXPECT_NE(message, "no error") << size;
    EXPECT_TRUE(message.starts_with("t.wav: ")) << message;
  }
}

TEST_F(ReadFile, ReadsAPipe) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string wav = Wav{.riff_size = 0xFFFFFFFF,
                              .data_size = 0xFFFFFFFF,
                              .data = pcm16(std::vector<int>(70000, 5))}
                              .bytes();
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << wav; });
  const Result<Sound> sound = read_file(pipe);
  writer.join();
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ(sound->samples.size(), 70000U);
}

TEST_F(ReadFile, LeavesOtherWavEncodingsToLibsndfile) {
  // mu-law: 0xFF is 0, 0x80 is the largest, 32124 of 32768.
  const fs::path path =
      write("mu.wav",
            Wav{.format = 7, .bits = 8, .format_tail = little(0, 2), .data = "\xFF\x80"}.bytes());
#ifdef SOTTO_WITH_SNDFILE
  const Result<Sound> sound = read_file(path);
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ(sound->samples, (std::vector<float>{0.0F, 32124.0F / 32768.0F}));
#else
  EXPECT_EQ(
      refused(path),
      "mu.wav: holds WAV format 7 of 8 bits, expected PCM of 8, 16, 24 or 32 or float of 32 or "
      "64");
#endif
  // Its sizes are checked all the same.
  EXPECT_EQ(
      refused(write("mu.wav", Wav{.format = 7, .bits = 8, .data_size = 9, .data = "ab"}.bytes())),
      "mu.wav: the data chunk at byte 36 claims 9 bytes, but the file has 2 more");
}

TEST_F(ReadFile, ReadsAnAiffFileAndRefusesItsTruncations) {
  SOTTO_NEEDS_SNDFILE();
  const std::string whole = aiff({16384, -32768, 0, 8192});
  const Result<Sound> sound = read_file(write("a.aiff", whole));
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ(sound->samples, (std::vector<float>{0.5F, -1.0F, 0.0F, 0.25F}));
  EXPECT_EQ(sound->sample_rate, 8000);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const std::string message = refused(write("t.aiff", whole.substr(0, size)));
    EXPECT_TRUE(message.starts_with("t.aiff: ")) << size << ": " << message;
  }
}

TEST_F(ReadFile, KeepsTheLimitWithLibsndfileToo) {
  SOTTO_NEEDS_SNDFILE();
  const fs::path path = write("a.aiff", aiff(std::vector<int>(8001, 1)));
  EXPECT_EQ(refused(path, {1.0}), "a.aiff: is longer than the limit of 1.000000 seconds");
  EXPECT_EQ(refused(path, {1.1}), "no error");
}

TEST_F(ReadFile, ASoundMayHoldNoSamples) {
  const Result<Sound> wav = read_file(write("none.wav", Wav{.rate = 8000}.bytes()));
  ASSERT_OK(wav);
  EXPECT_TRUE(wav->samples.empty());
  EXPECT_EQ(wav->sample_rate, 8000);
  SOTTO_NEEDS_SNDFILE();
  const Result<Sound> other = read_file(write("none.aiff", aiff({})));
  ASSERT_OK(other);
  EXPECT_TRUE(other->samples.empty());
}

TEST_F(ReadFile, RefusesACutFlacFile) {
  SOTTO_NEEDS_SNDFILE();
  SOTTO_NEEDS_SHARED("speech/misc/jfk_44k_stereo.flac");
  const std::string whole =
      test::read_file(test::shared_root() / "speech/misc/jfk_44k_stereo.flac");
  for (const std::size_t parts : {1U, 2U, 5U, 9U}) {
    const std::string cut = whole.substr(0, whole.size() / 10 * parts);
    EXPECT_NE(refused(write("cut.flac", cut)), "no error") << parts;
  }
}

// A row of clips.tsv.
struct Clip {
  std::string path;
  double seconds = 0;
  int sample_rate = 0;
};

std::vector<Clip> clips() {
  std::ifstream file(test::shared_root() / "speech/clips.tsv");
  std::vector<Clip> all;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> columns;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) columns.push_back(cell);
    if (columns.size() >= 9)
      all.push_back({columns[0], std::stod(columns[1]), std::stoi(columns[7])});
  }
  return all;
}

// One test a kind of file: the first clips of each, the durations that clips.tsv has to 1 ms. MP3
// decoders differ by what they keep of the padding at both ends, two frames of 1152 samples.
TEST(Speech, HasTheListedLengthInEveryFormat) {
  SOTTO_NEEDS_SHARED("speech/clips.tsv");
  std::map<std::string, int> seen;
  for (const Clip& clip : clips()) {
    const std::string kind = fs::path(clip.path).extension().string();
    if (kind == ".raw") continue;  // has no header
#ifndef SOTTO_WITH_SNDFILE
    if (kind != ".wav") continue;
#endif
    const int of_kind = ++seen[kind];
    if (kind != ".wav" && of_kind > 7) continue;
    const Result<Sound> sound = read_file(test::shared_root() / "speech" / clip.path);
    ASSERT_TRUE(sound) << sound.error().message;
    if (kind != ".opus") {  // whose decoder makes whichever rate it is asked for
      EXPECT_EQ(sound->sample_rate, clip.sample_rate) << clip.path;
    }
    const double seconds = static_cast<double>(sound->samples.size()) / sound->sample_rate;
    const double slack = kind == ".mp3" ? 2 * 1152.0 / sound->sample_rate : 0.0;
    EXPECT_NEAR(seconds, clip.seconds, 0.01 * clip.seconds + slack) << clip.path;
    const float peak =
        std::fabs(*std::max_element(sound->samples.begin(), sound->samples.end(),
                                    [](float a, float b) { return std::fabs(a) < std::fabs(b); }));
    EXPECT_GT(peak, 0.01F) << clip.path;
    EXPECT_LT(peak, 1.2F) << clip.path;
  }
  EXPECT_GT(seen[".wav"], 0);
#ifdef SOTTO_WITH_SNDFILE
  for (const char* kind : {".flac", ".mp3", ".opus", ".aiff"}) EXPECT_GT(seen[kind], 0) << kind;
#endif
}

TEST(Speech, HeaderlessSoundIsRefused) {
  SOTTO_NEEDS_SHARED("speech/pocketsphinx/goforward.raw");
  EXPECT_FALSE(read_file(test::shared_root() / "speech/pocketsphinx/goforward.raw"));
}

}  // namespace
}  // namespace sotto::audio
