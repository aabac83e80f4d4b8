// Subtitles of a recording, each line as soon as it is final: subtitles MODEL SOUND > talk.srt
#include <cmath>
#include <cstdio>
#include <sotto/sotto.hpp>

static int fail(const sotto::Error& error) {
  return std::fprintf(stderr, "%s\n", error.message.c_str()), 1;
}

static void print_time(double seconds, const char* after) {
  const long ms = std::lround(seconds * 1000);
  std::printf("%02ld:%02ld:%02ld,%03ld%s", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000,
              after);
}

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: subtitles MODEL SOUND\n"), 2;
  const auto model = sotto::Model::load(argv[1]);
  if (!model) return fail(model.error());
  auto session = sotto::Session::create(*model);
  if (!session) return fail(session.error());
  int number = 0;
  sotto::TranscribeHooks hooks;
  hooks.segment = [&](const sotto::Segment& segment) {
    std::printf("%d\n", ++number);
    print_time(segment.start_seconds, " --> ");
    print_time(segment.end_seconds, "\n");
    std::printf("%s\n\n", segment.text.c_str());
  };
  const auto transcript = session->transcribe_file(argv[2], {}, hooks);
  return transcript ? 0 : fail(transcript.error());
}
