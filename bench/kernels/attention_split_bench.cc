#include "kernels/attention_split/attention_split.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::attention_split {
namespace {

// Arguments: queries, keys, heads, head_dim. split_kv's time is not in it.
void run(benchmark::State& state, Fn fn) {
  const auto queries = static_cast<std::size_t>(state.range(0));
  const auto keys = static_cast<std::size_t>(state.range(1));
  const auto heads = static_cast<std::size_t>(state.range(2));
  const auto head_dim = static_cast<std::size_t>(state.range(3));
  const std::size_t cols = heads * head_dim;
  std::vector<float> q(queries * cols), k(keys * cols), y(queries * cols);
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = static_cast<float>(i % 17) * 0.125F - 1.0F;
  for (std::size_t i = 0; i < k.size(); ++i) k[i] = static_cast<float>(i % 13) * 0.125F - 0.75F;
  std::vector<std::uint16_t> packed(split_kv::packed_size(keys, heads, head_dim));
  const split_kv::Args split{k.data(), cols, k.data(), cols, packed.data(), keys, heads, head_dim};
  split_kv::f32_ref(split, {0, split_kv::work_items(split)});
  const Args args{q.data(), cols,  packed.data(), y.data(), cols,  queries,
                  keys,     heads, heads,         head_dim, 0.125F};
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
    benchmark::RegisterBenchmark(("attention_split/" + std::string(variant.name)).c_str(), run,
                                 variant.fn)
        ->ArgNames({"queries", "keys", "heads", "head_dim"})
        ->Args({1500, 1500, 6, 64})  // encoder, whisper-tiny
        ->Args({415, 415, 8, 36})    // encoder, moonshine-tiny, 10 s
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::attention_split
