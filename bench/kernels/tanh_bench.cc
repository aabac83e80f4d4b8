#include "kernels/tanh/tanh.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::tanh {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  std::vector<float> x(rows * cols);
  std::vector<float> y(rows * cols);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 701) * 0.01F - 3.5F;
  const Args a{x.data(), y.data(), x.size()};
  for (auto _ : state) {
    fn(a, {0, work_items(a)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(2 * sizeof(float) * y.size()));
}

const bool registered = [] {
  for (const auto& v : variants()) {
    if (!supported(v.isa)) continue;
    benchmark::RegisterBenchmark(("tanh/" + std::string(v.name)).c_str(), run, v.fn)
        ->Args({7498, 288})  // 30 s, Moonshine tiny
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::tanh
