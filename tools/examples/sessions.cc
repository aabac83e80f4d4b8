// Several sessions on one model, each on a thread of its own: sessions MODEL THREADS SOUND...
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <sotto/sotto.hpp>
#include <thread>

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: sessions MODEL THREADS SOUND...\n"), 2;
  const auto model = sotto::Model::load(argv[1]);
  if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 1;
  std::atomic<int> next = 3, failures = 0;
  const auto work = [&] {
    auto session = sotto::Session::create(*model, {.threads = 1});
    for (int i = next++; i < argc; i = next++) {
      const auto transcript = session ? session->transcribe_file(argv[i]) : session.error();
      if (!transcript) ++failures;
      std::printf("%s: %s\n", argv[i],
                  transcript ? transcript->text.c_str() : transcript.error().message.c_str());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < std::atoi(argv[2]); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return failures == 0 ? 0 : 1;
}
