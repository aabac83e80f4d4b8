#include "kernels/attention_scores_f16/attention_scores_f16.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::attention_scores_f16 {
namespace {

// Arguments: queries, keys, head_dim, row stride of k. Items are multiply-adds.
void run(benchmark::State& state, Fn fn) {
  const auto queries = static_cast<std::size_t>(state.range(0));
  const auto keys = static_cast<std::size_t>(state.range(1));
  const auto head_dim = static_cast<std::size_t>(state.range(2));
  const auto ldk = static_cast<std::size_t>(state.range(3));
  const std::vector<float> q(queries * ldk, 0.5F);
  std::vector<F16> k(keys * ldk);
  for (F16& x : k) narrow(0.25F, x);
  std::vector<float> y(queries * keys);
  const Args a{q.data(), ldk, k.data(), ldk, y.data(), queries, keys, head_dim, 0.125F};
  for (auto _ : state) {
    fn(a, {0, attention_scores::work_items(a)});
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(queries * keys * head_dim));
}

const bool kRegistered = [] {
  for (const Variant<Fn>& kernel : variants()) {
    if (kernel.isa == Isa::kScalar || !supported(kernel.isa)) continue;
    benchmark::RegisterBenchmark(("attention_scores_f16/" + std::string(kernel.name)).c_str(), run,
                                 kernel.fn)
        ->Unit(benchmark::kMicrosecond)
        ->Args({100, 1500, 64, 768})    // whisper-tiny, a window full of words
        ->Args({100, 500, 64, 768})     // ten seconds
        ->Args({100, 1500, 64, 1536});  // whisper-small
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::attention_scores_f16
