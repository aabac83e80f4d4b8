#include "kernels/quantize_q8/quantize_q8.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::quantize_q8 {
namespace {

// Arguments: m, k. Bytes are those of x.
void run(benchmark::State& state, Variant<Fn> variant) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto k = static_cast<std::size_t>(state.range(1));
  const std::vector<float> x(m * k, 0.5F);
  std::vector<Block> y(m * k / kTerms);
  const Args args{x.data(), k, y.data(), k / kTerms, m, k};
  for (auto _ : state) {
    variant.fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(x.size() * sizeof(float)));
}

const bool kRegistered = [] {
  for (const Variant<Fn>& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("quantize_q8/" + std::string(variant.name)).c_str(), run, variant)
        ->Unit(benchmark::kMicrosecond)
        ->Args({1500, 384})  // whisper-tiny encoder
        ->Args({1500, 1536})
        ->Args({1, 384});  // and its decoder
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::quantize_q8
