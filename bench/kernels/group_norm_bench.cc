#include "kernels/group_norm/group_norm.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::group_norm {
namespace {

// Bytes: read for the moments, read and written to normalise.
void run(benchmark::State& state, const Passes& passes) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  std::vector<float> x(rows * cols);
  std::vector<float> y(rows * cols);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 701) * 0.01F - 3.5F;
  const std::vector<float> gamma(cols, 1.0F);
  const std::vector<float> beta(cols, 0.5F);
  std::vector<double> partials(2 * work_items(rows));
  const Args a{x.data(), gamma.data(), beta.data(), partials.data(), y.data(), rows, cols, 1e-5F};
  for (auto _ : state) {
    passes.moments(a, {0, work_items(rows)});
    passes.normalise(a, {0, work_items(rows)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(3 * sizeof(float) * y.size()));
}

const bool registered = [] {
  for (const auto& v : variants()) {
    if (!supported(v.isa)) continue;
    benchmark::RegisterBenchmark(("group_norm/" + std::string(v.name)).c_str(), run, v.fn)
        ->Args({7498, 288})  // 30 s, Moonshine tiny
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::group_norm
