#include "kernels/conv1d/conv1d.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace sotto::kernels::conv1d {
namespace {

// Arguments: t_in, c_in, c_out, taps, stride, pad, and 1 for GELU.
void run(benchmark::State& state, Kernel kernel) {
  const auto arg = [&](std::size_t i) { return static_cast<std::size_t>(state.range(i)); };
  const std::size_t t_in = arg(0), c_in = arg(1), c_out = arg(2), taps = arg(3);
  const std::size_t stride = arg(4), pad = arg(5), window = taps * c_in;
  const std::size_t frames = frames_out(t_in, taps, stride, pad);
  const std::vector<float> x(t_in * c_in, 0.5F), matrix(c_out * window, 0.25F), bias(c_out, 1.0F);
  std::vector<float> y(frames * c_out);
  const std::size_t floats = gemm::packed_size(c_out, window, kernel.panel);
  auto* packed =
      static_cast<float*>(std::aligned_alloc(64, ceil_div(floats * sizeof(float), 64) * 64));
  gemm::pack(matrix.data(), 0, c_out, c_out, window, kernel.panel, packed);
  const Args a{
      x.data(), packed,       bias.data(),
      y.data(), t_in,         c_in,
      c_out,    taps,         stride,
      pad,      kernel.panel, arg(6) != 0 ? gemm::Activation::kGelu : gemm::Activation::kNone};
  for (auto _ : state) {
    kernel.fn(a, {0, work_items(a)});
    benchmark::ClobberMemory();
  }
  std::free(packed);
  state.counters["FLOP"] = benchmark::Counter(2.0 * static_cast<double>(frames * c_out * window),
                                              benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  for (const Kernel& kernel : variants()) {
    if (kernel.isa == Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(("conv1d/" + std::string(kernel.name)).c_str(), run, kernel)
        ->Unit(benchmark::kMicrosecond)
        ->Args({3000, 80, 384, 3, 1, 1, 1})  // whisper-tiny
        ->Args({3000, 384, 384, 3, 2, 1, 1})
        ->Args({160000, 1, 288, 127, 64, 0, 0})  // moonshine-tiny, 10 s
        ->Args({2499, 288, 576, 7, 3, 0, 1})
        ->Args({831, 576, 288, 3, 2, 0, 1});
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::conv1d
