#include "kernels/silu_glu/silu_glu.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::silu_glu {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  std::vector<float> x(rows * 2 * cols);
  std::vector<float> y(rows * cols);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 701) * 0.01F - 3.5F;
  const Args a{x.data(), x.data() + cols, 2 * cols, y.data(), cols, rows, cols};
  for (auto _ : state) {
    fn(a, {0, work_items(a)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(3 * sizeof(float) * y.size()));
}

const bool registered = [] {
  for (const auto& v : variants()) {
    if (!supported(v.isa)) continue;
    benchmark::RegisterBenchmark(("silu_glu/" + std::string(v.name)).c_str(), run, v.fn)
        ->Args({1, 1152})   // one decoder step, Moonshine tiny
        ->Args({16, 1152})  // a prompt, or a step of many beams
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::silu_glu
