// Log-mel of 30 s of sound, one thread.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <random>
#include <vector>

#include "lib/audio/log_mel.h"

namespace sotto::audio {
namespace {

void log_mel_30s(benchmark::State& state) {
  constexpr std::size_t kFrames = 3000;
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0.0F, 0.1F);
  std::vector<float> samples((kFrames - 1) * kMelHop + kFftSamples);
  for (float& sample : samples) sample = noise(random);
  LogMel log_mel(static_cast<std::size_t>(state.range(0)));
  std::vector<float> out(kFrames * log_mel.bands());
  for (auto _ : state) {
    log_mel(samples, kFrames, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kFrames));
}

BENCHMARK(log_mel_30s)->ArgName("bands")->Arg(80)->Arg(128)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sotto::audio
