#include "kernels/add/add.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::add {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  std::vector<float> x(rows * cols);
  std::vector<float> y(rows * cols);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 701) * 0.01F - 3.5F;
  const std::vector<float> b(x.size(), 1.5F);
  const Args a{x.data(), b.data(), y.data(), x.size()};
  for (auto _ : state) {
    fn(a, {0, work_items(a)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(3 * sizeof(float) * y.size()));
}

const bool registered = [] {
  for (const auto& v : variants()) {
    if (!supported(v.isa)) continue;
    benchmark::RegisterBenchmark(("add/" + std::string(v.name)).c_str(), run, v.fn)
        ->Args({1, 384})     // one decoder step, Whisper tiny
        ->Args({1500, 384})  // encoder, Whisper tiny
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::add
