// What sessions do beside each other, and how soon one stops: session_bench MODEL SOUND [RUNS]
#include <sotto/sotto.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// A transcription: seconds of wall time that it took from all of them, and of CPU time.
struct Cost {
  double wall = 0;
  double cpu = 0;
};

struct Bench {
  const sotto::Model& model;
  const sotto::Sound& sound;
  int runs;

  // Of `count` sessions of one thread each, side by side; each hears the sound `runs` times.
  Cost cost(int count) const {
    std::atomic<int> ready = 0;
    std::atomic<bool> failed = false;
    const auto work = [&] {
      auto session = sotto::Session::create(model, {.threads = 1});
      const auto hear = [&] {
        if (!session || !session->transcribe(sound.samples, sound.sample_rate)) failed = true;
      };
      hear();  // a warm-up
      for (++ready; ready <= count;) std::this_thread::yield();
      for (int run = 0; run < runs; ++run) hear();
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(work);
    while (ready < count) std::this_thread::yield();
    const Cost start{seconds_of(CLOCK_MONOTONIC), seconds_of(CLOCK_PROCESS_CPUTIME_ID)};
    ++ready;
    for (std::thread& thread : threads) thread.join();
    const double all = failed ? 0 : count * runs;
    return {(seconds_of(CLOCK_MONOTONIC) - start.wall) / all,
            (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start.cpu) / all};
  }

  // Seconds of the thread's CPU time from the wish to stop to the return, wished at moments that
  // are spread over a transcription: on an idle machine that is the time which passes.
  std::vector<double> abort_delays(int moments) const {
    std::vector<double> delays;
    auto session = sotto::Session::create(model, {.threads = 1});
    if (!session) return delays;
    const auto now = [] { return seconds_of(CLOCK_THREAD_CPUTIME_ID); };
    const double start = now();
    if (!session->transcribe(sound.samples, sound.sample_rate)) return delays;
    const double whole = now() - start;
    for (int i = 0; i < moments; ++i) {
      const double wish = now() + whole * (i + 0.5) / moments;
      sotto::TranscribeHooks hooks;
      hooks.abort = [&] { return now() > wish; };
      if (!session->transcribe(sound.samples, sound.sample_rate, {}, hooks)) {
        delays.push_back(now() - wish);
      }
    }
    std::ranges::sort(delays);
    return delays;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: session_bench MODEL SOUND [RUNS]\n"), 2;
  const auto model = sotto::Model::load(argv[1]);
  const auto sound = sotto::read_sound(argv[2]);
  if (!model || !sound) {
    const sotto::Error& error = model ? sound.error() : model.error();
    return std::fprintf(stderr, "%s\n", error.message.c_str()), 1;
  }
  const Bench bench{*model, *sound, argc > 3 ? std::max(std::atoi(argv[3]), 1) : 10};
  const std::vector<double> delays = bench.abort_delays(20);
  if (delays.empty()) return std::fprintf(stderr, "the transcription failed\n"), 1;
  std::printf("abort: %.2f ms in the middle, %.2f ms at most\n", delays[delays.size() / 2] * 1e3,
              delays.back() * 1e3);
  const Cost one = bench.cost(1), two = bench.cost(2);
  std::printf("1 session:  %.4f s a transcription, %.4f s of CPU\n", one.wall, one.cpu);
  std::printf("2 sessions: %.4f s a transcription, %.4f s of CPU\n", two.wall, two.cpu);
  std::printf("throughput: %.2f times; as far as CPU time tells, %.2f\n", one.wall / two.wall,
              2 * one.cpu / two.cpu);
}
