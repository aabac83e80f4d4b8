// What the benches of gemm and gemv share, for weights of any type.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/gemm/gemm.h"

namespace sotto::bench {

enum class Count { kFlop, kWeightBytes };

// Arguments: m, n, k, and 1 for GELU. work_items is that of the op.
template <typename Weight, typename Items>
void run_product(benchmark::State& state, const kernels::gemm::KernelOf<Weight>& kernel,
                 Items work_items, Count count) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto n = static_cast<std::size_t>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(2));
  const std::vector<float> x(m * k, 0.5F), bias(n, 1.0F);
  std::vector<float> y(m * n);
  const std::size_t size = kernels::gemm::packed_size<Weight>(n, k, kernel.panel);
  const std::size_t bytes = kernels::ceil_div(size * sizeof(Weight), 64) * 64;
  auto* packed = static_cast<Weight*>(std::aligned_alloc(64, bytes));
  for (std::size_t i = 0; i < size; ++i) kernels::narrow(0.25F, packed[i]);
  const kernels::gemm::ArgsOf<Weight> a{
      x.data(),
      k,
      packed,
      bias.data(),
      nullptr,
      0,
      y.data(),
      n,
      m,
      n,
      k,
      kernel.panel,
      1.0F,
      state.range(3) != 0 ? kernels::gemm::Activation::kGelu : kernels::gemm::Activation::kNone};
  for (auto _ : state) {
    kernel.fn(a, {0, work_items(a)});
    benchmark::ClobberMemory();
  }
  std::free(packed);
  if (count == Count::kFlop) {
    state.counters["FLOP"] = benchmark::Counter(2.0 * static_cast<double>(m * n * k),
                                                benchmark::Counter::kIsIterationInvariantRate);
  } else {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size * sizeof(Weight)));
  }
}

// The variants of `table` that this CPU can run, at the shapes of an encoder.
template <typename Table, typename Items>
bool register_gemm(const std::string& op, const Table& table, Items items) {
  for (const auto& kernel : table) {
    if (kernel.isa == kernels::Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(
        (op + "/" + std::string(kernel.name)).c_str(),
        [=](benchmark::State& state) { run_product(state, kernel, items, Count::kFlop); })
        ->Unit(benchmark::kMicrosecond)
        ->Args({1500, 384, 384, 0})   // whisper-tiny encoder: q, k, v, output
        ->Args({1500, 1536, 384, 1})  // and its MLP
        ->Args({1500, 384, 1536, 0})
        ->Args({1500, 512, 512, 0})  // whisper-base
        ->Args({1500, 2048, 512, 1})
        ->Args({1500, 512, 2048, 0})
        ->Args({1500, 768, 3072, 0})  // whisper-small
        ->Args({415, 288, 288, 0})    // moonshine-tiny, 10 s
        ->Args({415, 1152, 288, 1})
        ->Args({415, 288, 1152, 0});
  }
  return true;
}

// The same at the shapes of a decoder.
template <typename Table, typename Items>
bool register_gemv(const std::string& op, const Table& table, Items items) {
  for (const auto& kernel : table) {
    if (kernel.isa == kernels::Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(
        (op + "/" + std::string(kernel.name)).c_str(),
        [=](benchmark::State& state) { run_product(state, kernel, items, Count::kWeightBytes); })
        ->Unit(benchmark::kMicrosecond)
        ->Args({1, 384, 384, 0})   // whisper-tiny decoder: q, k, v, output
        ->Args({1, 1536, 384, 1})  // its MLP
        ->Args({1, 384, 1536, 0})
        ->Args({1, 51865, 384, 0})  // its vocabulary
        ->Args({1, 32768, 288, 0})  // moonshine-tiny's
        ->Args({4, 1536, 384, 1})   // four beams
        ->Args({4, 51865, 384, 0});
  }
  return true;
}

}  // namespace sotto::bench
