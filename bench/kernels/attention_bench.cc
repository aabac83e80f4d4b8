#include "kernels/attention/attention.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::attention {
namespace {

// Arguments: queries, keys, heads, head_dim, causal. The flops of a causal call are those of all
// keys: half of them need not be done.
void run(benchmark::State& state, Fn fn) {
  const auto queries = static_cast<std::size_t>(state.range(0));
  const auto keys = static_cast<std::size_t>(state.range(1));
  const auto heads = static_cast<std::size_t>(state.range(2));
  const auto head_dim = static_cast<std::size_t>(state.range(3));
  const std::size_t cols = heads * head_dim;
  std::vector<float> q(queries * cols);
  std::vector<float> k(keys * cols);
  std::vector<float> v(keys * cols, 0.5F);
  std::vector<float> y(queries * cols);
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = static_cast<float>(i % 17) * 0.125F - 1.0F;
  for (std::size_t i = 0; i < k.size(); ++i) k[i] = static_cast<float>(i % 13) * 0.125F - 0.75F;
  const Args args{.q = q.data(),
                  .ldq = cols,
                  .k = k.data(),
                  .ldk = cols,
                  .v = v.data(),
                  .ldv = cols,
                  .y = y.data(),
                  .ldy = cols,
                  .queries = queries,
                  .keys = keys,
                  .heads = heads,
                  .kv_heads = heads,
                  .head_dim = head_dim,
                  .past = 0,
                  .scale = 0.125F,
                  .causal = state.range(4) != 0};
  for (auto _ : state) {
    fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.counters["FLOPS"] =
      benchmark::Counter(4.0 * static_cast<double>(queries * keys * head_dim * heads),
                         benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  for (const auto& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("attention/" + std::string(variant.name)).c_str(), run,
                                 variant.fn)
        ->ArgNames({"queries", "keys", "heads", "head_dim", "causal"})
        ->Args({1500, 1500, 6, 64, 0})  // encoder, whisper-tiny
        ->Args({415, 415, 8, 36, 0})    // encoder, moonshine-tiny, 10 s
        ->Args({1, 100, 6, 64, 0})      // one decoder step, itself
        ->Args({1, 1500, 6, 64, 0})     // one decoder step, the encoder's output
        ->Args({5, 1500, 6, 64, 0})     // five beams, the encoder's output
        ->Args({64, 1500, 6, 64, 0})    // a prompt, the encoder's output
        ->Args({200, 200, 6, 64, 1})    // a prompt, itself
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::attention
