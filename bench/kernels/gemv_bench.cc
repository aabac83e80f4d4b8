#include "kernels/gemv/gemv.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace sotto::kernels::gemv {
namespace {

// Arguments: m, n, k. Bytes are those of w.
void run(benchmark::State& state, Kernel kernel) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto n = static_cast<std::size_t>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(2));
  const std::vector<float> x(m * k, 0.5F), bias(n, 1.0F);
  std::vector<float> y(m * n);
  const std::size_t floats = gemm::packed_size(n, k, kernel.panel);
  const std::size_t bytes = ceil_div(floats * sizeof(float), 64) * 64;
  auto* packed = static_cast<float*>(std::aligned_alloc(64, bytes));
  for (std::size_t i = 0; i < floats; ++i) packed[i] = 0.25F;
  const Args a{x.data(), k, packed, bias.data(), nullptr,      0,    y.data(),
               n,        m, n,      k,           kernel.panel, 1.0F, gemm::Activation::kNone};
  for (auto _ : state) {
    kernel.fn(a, {0, gemv::work_items(a)});
    benchmark::ClobberMemory();
  }
  std::free(packed);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(floats * sizeof(float)));
}

const bool kRegistered = [] {
  for (const Kernel& kernel : variants()) {
    if (kernel.isa == Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(("gemv/" + std::string(kernel.name)).c_str(), run, kernel)
        ->Unit(benchmark::kMicrosecond)
        ->Args({1, 384, 384})   // whisper-tiny decoder: q, k, v, output
        ->Args({1, 1536, 384})  // its MLP
        ->Args({1, 384, 1536})
        ->Args({1, 51865, 384})  // its vocabulary
        ->Args({1, 32768, 288})  // moonshine-tiny's
        ->Args({4, 1536, 384})   // four beams
        ->Args({4, 51865, 384});
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::gemv
