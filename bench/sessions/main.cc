// What sessions do beside each other, and how soon one stops: session_bench MODEL SOUND [SECONDS]
#include <sotto/sotto.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Bench {
  const sotto::Model& model;
  const sotto::Sound& sound;
  double seconds;

  // Transcriptions a second of `count` sessions of one thread each; 0 if one failed.
  double throughput(unsigned count) const {
    std::atomic<unsigned> ready = 0, done = 0;
    std::atomic<bool> stop = false, failed = false;
    const auto work = [&] {
      auto session = sotto::Session::create(model, {.threads = 1});
      const auto hear = [&] {
        if (!session || !session->transcribe(sound.samples, sound.sample_rate)) failed = true;
      };
      hear();  // a warm-up
      for (++ready; ready < count;) std::this_thread::yield();
      while (!stop && !failed) {
        hear();
        ++done;
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i) threads.emplace_back(work);
    while (ready < count && !failed) std::this_thread::yield();
    const Clock::time_point start = Clock::now();
    const unsigned before = done;
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    const double rate = (done - before) / seconds_since(start);
    stop = true;
    for (std::thread& thread : threads) thread.join();
    return failed ? 0 : rate;
  }

  // Seconds from the wish to stop to the return, wished at `runs` moments of a transcription.
  std::vector<double> abort_delays(int runs) const {
    std::vector<double> delays;
    auto session = sotto::Session::create(model, {.threads = 1});
    if (!session) return delays;
    const Clock::time_point start = Clock::now();
    if (!session->transcribe(sound.samples, sound.sample_rate)) return delays;
    const double whole = seconds_since(start);
    for (int run = 0; run < runs; ++run) {
      const double wish = whole * (run + 0.5) / runs;
      const Clock::time_point began = Clock::now();
      sotto::TranscribeHooks hooks;
      hooks.abort = [&] { return seconds_since(began) > wish; };
      if (!session->transcribe(sound.samples, sound.sample_rate, {}, hooks)) {
        delays.push_back(seconds_since(began) - wish);
      }
    }
    std::ranges::sort(delays);
    return delays;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: session_bench MODEL SOUND [SECONDS]\n"), 2;
  const auto model = sotto::Model::load(argv[1]);
  const auto sound = sotto::read_sound(argv[2]);
  if (!model || !sound) {
    const sotto::Error& error = model ? sound.error() : model.error();
    return std::fprintf(stderr, "%s\n", error.message.c_str()), 1;
  }
  const Bench bench{*model, *sound, argc > 3 ? std::atof(argv[3]) : 10};
  const double one = bench.throughput(1), two = bench.throughput(2);
  std::printf("1 session  %8.2f transcriptions/s\n2 sessions %8.2f transcriptions/s, %.2f times\n",
              one, two, two / one);
  const std::vector<double> delays = bench.abort_delays(100);
  if (one == 0 || two == 0 || delays.empty()) return std::fprintf(stderr, "failed\n"), 1;
  std::printf("abort      %.2f ms in the middle, %.2f ms at most\n",
              delays[delays.size() / 2] * 1e3, delays.back() * 1e3);
}
