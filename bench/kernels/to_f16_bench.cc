#include "kernels/to_f16/to_f16.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::to_f16 {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  const std::vector<float> x(rows * cols, 0.5F);
  std::vector<F16> y(rows * cols);
  const Args args{x.data(), cols, y.data(), cols, rows, cols};
  for (auto _ : state) {
    fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>((sizeof(float) + sizeof(F16)) * rows * cols));
}

const bool registered = [] {
  for (const auto& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("to_f16/" + std::string(variant.name)).c_str(), run, variant.fn)
        ->Args({1500, 384})  // whisper-tiny: the cross keys or values of a layer
        ->Args({84, 384});   // in a second-level cache
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::to_f16
