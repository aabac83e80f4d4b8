#include "kernels/rope/rope.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::rope {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kHeads = 8;
  constexpr std::size_t kHeadDim = 36;
  constexpr std::size_t kRotaryDim = 32;
  std::vector<float> x(rows * kHeads * kHeadDim, 0.5F);
  std::vector<float> cos(rows * kRotaryDim / 2);
  std::vector<float> sin(rows * kRotaryDim / 2);
  fill_tables(rows, kRotaryDim, 10000.0, cos.data(), sin.data());
  const Args args{x.data(), kHeads * kHeadDim, cos.data(), sin.data(), rows,
                  kHeads,   kHeadDim,          kRotaryDim, 0};
  for (auto _ : state) {
    fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(2 * sizeof(float) * x.size()));
}

const bool registered = [] {
  for (const auto& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("rope/" + std::string(variant.name)).c_str(), run, variant.fn)
        ->Arg(1)     // one decoder step, moonshine-tiny
        ->Arg(415);  // encoder, 10 s
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::rope
