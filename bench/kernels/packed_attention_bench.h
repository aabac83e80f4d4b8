// What the benches of attention over packed keys and values share.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/attention/attention_packed.h"

namespace sotto::bench {

using PackedSize = std::size_t (*)(std::size_t keys, std::size_t kv_heads, std::size_t head_dim);

// Arguments: keys, kv_heads, head_dim. Bytes are those of keys and values.
template <typename Packed>
void run_pack(benchmark::State& state, PackedSize packed_size,
              void (*pack)(const kernels::attention::PackArgsOf<Packed>&,
                           kernels::Range) noexcept) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  const auto heads = static_cast<std::size_t>(state.range(1));
  const auto head_dim = static_cast<std::size_t>(state.range(2));
  const std::size_t cols = heads * head_dim;
  const std::vector<float> qkv(keys * 3 * cols, 0.5F);
  std::vector<Packed> packed(packed_size(keys, heads, head_dim));
  const kernels::attention::PackArgsOf<Packed> args{
      qkv.data() + cols, 3 * cols, qkv.data() + 2 * cols, 3 * cols, packed.data(), keys, heads,
      head_dim};
  for (auto _ : state) {
    pack(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(2 * keys * cols * sizeof(float)));
}

// Arguments: queries and keys, heads, head_dim. Packing is not in its time.
template <typename Packed>
void run_packed(benchmark::State& state, PackedSize packed_size,
                void (*pack)(const kernels::attention::PackArgsOf<Packed>&,
                             kernels::Range) noexcept,
                void (*attend)(const kernels::attention::PackedArgsOf<Packed>&,
                               kernels::Range) noexcept) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  const auto heads = static_cast<std::size_t>(state.range(1));
  const auto head_dim = static_cast<std::size_t>(state.range(2));
  const std::size_t cols = heads * head_dim;
  std::vector<float> q(keys * cols), k(keys * cols), y(keys * cols);
  for (std::size_t i = 0; i < q.size(); ++i) {
    q[i] = static_cast<float>(i % 17) * 0.125F - 1.0F;
    k[i] = static_cast<float>(i % 13) * 0.125F - 0.75F;
  }
  std::vector<Packed> packed(packed_size(keys, heads, head_dim));
  const kernels::attention::PackArgsOf<Packed> packing{k.data(),      cols, k.data(), cols,
                                                       packed.data(), keys, heads,    head_dim};
  pack(packing, {0, work_items(packing)});
  const kernels::attention::PackedArgsOf<Packed> args{
      q.data(), cols, packed.data(), y.data(), cols, keys, keys, heads, heads, head_dim, 0.125F};
  for (auto _ : state) {
    attend(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.counters["FLOPS"] =
      benchmark::Counter(4.0 * static_cast<double>(keys * keys * head_dim * heads),
                         benchmark::Counter::kIsIterationInvariantRate);
}

// run(state, fn) for each variant that this CPU has, at an encoder's shapes.
template <typename Variants, typename Run>
bool register_packed(const std::string& op, const Variants& variants, Run run) {
  for (const auto& variant : variants) {
    if (!kernels::supported(variant.isa)) continue;
    benchmark::RegisterBenchmark((op + "/" + std::string(variant.name)).c_str(), run, variant.fn)
        ->ArgNames({"keys", "heads", "head_dim"})
        ->Unit(benchmark::kMicrosecond)
        ->Args({1500, 6, 64})  // whisper-tiny
        ->Args({415, 8, 36});  // moonshine-tiny, 10 s
  }
  return true;
}

}  // namespace sotto::bench
