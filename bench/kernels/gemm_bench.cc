#include "kernels/gemm/gemm.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace sotto::kernels::gemm {
namespace {

// Arguments: m, n, k, and 1 for GELU.
void run(benchmark::State& state, Kernel kernel) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto n = static_cast<std::size_t>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(2));
  const std::vector<float> x(m * k, 0.5F), matrix(n * k, 0.25F), bias(n, 1.0F);
  std::vector<float> y(m * n);
  const std::size_t bytes = ceil_div(packed_size(n, k, kernel.panel) * sizeof(float), 64) * 64;
  auto* packed = static_cast<float*>(std::aligned_alloc(64, bytes));
  pack(matrix.data(), 0, n, n, k, kernel.panel, packed);
  const Args a{x.data(), k,
               packed,   bias.data(),
               nullptr,  0,
               y.data(), n,
               m,        n,
               k,        kernel.panel,
               1.0F,     state.range(3) != 0 ? Activation::kGelu : Activation::kNone};
  for (auto _ : state) {
    kernel.fn(a, {0, work_items(a)});
    benchmark::ClobberMemory();
  }
  std::free(packed);
  state.counters["FLOP"] = benchmark::Counter(2.0 * static_cast<double>(m * n * k),
                                              benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  for (const Kernel& kernel : variants()) {
    if (kernel.isa == Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(("gemm/" + std::string(kernel.name)).c_str(), run, kernel)
        ->Unit(benchmark::kMicrosecond)
        ->Args({1500, 384, 384, 0})   // whisper-tiny encoder: q, k, v, output
        ->Args({1500, 1536, 384, 1})  // and its MLP
        ->Args({1500, 384, 1536, 0})
        ->Args({1500, 512, 512, 0})  // whisper-base
        ->Args({1500, 2048, 512, 1})
        ->Args({1500, 512, 2048, 0})
        ->Args({415, 288, 288, 0})  // moonshine-tiny, 10 s
        ->Args({415, 1152, 288, 1})
        ->Args({415, 288, 1152, 0});
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::gemm
