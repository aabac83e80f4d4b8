#include "kernels/gemv_q4/gemv_q4.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace sotto::kernels::gemv_q4 {
namespace {

// Arguments: m, n, k, and 1 for GELU. The time includes quantising x; bytes are those of w.
void run(benchmark::State& state, Kernel kernel) {
  const auto m = static_cast<std::size_t>(state.range(0));
  const auto n = static_cast<std::size_t>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(2));
  const std::vector<float> x(m * k, 0.5F), bias(n, 1.0F);
  std::vector<quantize_q8::Block> blocks(m * k / quantize_q8::kTerms);
  std::vector<float> y(m * n);
  const std::size_t bytes = gemm_q4::packed_size(n, k, kernel.layout);
  auto* packed = static_cast<std::uint8_t*>(std::aligned_alloc(64, ceil_div(bytes, 64) * 64));
  std::memset(packed, 1, bytes);
  const quantize_q8::Args q{x.data(), k, blocks.data(), k / quantize_q8::kTerms, m, k};
  const auto quantize = best(quantize_q8::variants(), kernel.isa).fn;
  Args a{};
  a.x = blocks.data();
  a.ldx = k / quantize_q8::kTerms;
  a.w = packed;
  a.bias = bias.data();
  a.y = y.data();
  a.ldy = n;
  a.m = m;
  a.n = n;
  a.k = k;
  a.layout = kernel.layout;
  a.scale = 1.0F;
  a.activation = state.range(3) != 0 ? gemm::Activation::kGelu : gemm::Activation::kNone;
  for (auto _ : state) {
    quantize(q, {0, quantize_q8::work_items(q)});
    kernel.fn(a, {0, gemv_q4::work_items(a)});
    benchmark::ClobberMemory();
  }
  std::free(packed);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

const bool kRegistered = [] {
  for (const Kernel& kernel : variants()) {
    if (kernel.isa == Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(("gemv_q4/" + std::string(kernel.name)).c_str(), run, kernel)
        ->Unit(benchmark::kMicrosecond)
        ->Args({1, 384, 384, 0})   // whisper-tiny decoder: q, k, v, output
        ->Args({1, 1536, 384, 0})  // its MLP
        ->Args({1, 384, 1536, 0})
        ->Args({1, 51865, 384, 0})  // its vocabulary
        ->Args({5, 1536, 384, 0})   // five beams
        ->Args({5, 384, 1536, 0})
        ->Args({5, 51865, 384, 0});
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::gemv_q4
