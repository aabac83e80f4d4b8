#include "kernels/kv_append_f16/kv_append_f16.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::kv_append_f16 {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  std::vector<float> qkv(rows * 3 * cols, 0.5F);
  std::vector<F16> k_cache((rows + 9) * cols);
  std::vector<F16> v_cache((rows + 9) * cols);
  const Args args{qkv.data() + cols,
                  3 * cols,
                  qkv.data() + 2 * cols,
                  3 * cols,
                  k_cache.data(),
                  v_cache.data(),
                  rows,
                  cols,
                  9};
  for (auto _ : state) {
    fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<std::int64_t>(2 * (sizeof(float) + sizeof(F16)) * rows * cols));
}

const bool registered = [] {
  for (const auto& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("kv_append_f16/" + std::string(variant.name)).c_str(), run,
                                 variant.fn)
        ->Args({1, 384})     // one decoder step, whisper-tiny
        ->Args({224, 384});  // a prompt
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::kv_append_f16
