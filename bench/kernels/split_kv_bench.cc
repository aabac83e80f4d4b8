#include "kernels/split_kv/split_kv.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::split_kv {
namespace {

// Arguments: keys, kv_heads, head_dim. Bytes are those of keys and values.
void run(benchmark::State& state, Variant<Fn> variant) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  const auto heads = static_cast<std::size_t>(state.range(1));
  const auto head_dim = static_cast<std::size_t>(state.range(2));
  const std::size_t cols = heads * head_dim;
  const std::vector<float> qkv(keys * 3 * cols, 0.5F);
  std::vector<std::uint16_t> packed(packed_size(keys, heads, head_dim));
  const Args args{
      qkv.data() + cols, 3 * cols, qkv.data() + 2 * cols, 3 * cols, packed.data(), keys, heads,
      head_dim};
  for (auto _ : state) {
    variant.fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(2 * keys * cols * sizeof(float)));
}

const bool kRegistered = [] {
  for (const Variant<Fn>& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("split_kv/" + std::string(variant.name)).c_str(), run, variant)
        ->ArgNames({"keys", "heads", "head_dim"})
        ->Unit(benchmark::kMicrosecond)
        ->Args({1500, 6, 64})  // whisper-tiny encoder
        ->Args({415, 8, 36});  // moonshine-tiny encoder, 10 s
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::split_kv
