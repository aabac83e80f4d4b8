#include "kernels/attention_split/attention_split.h"

#include "bench/kernels/packed_attention_bench.h"

namespace sotto::kernels::attention_split {
namespace {

void run(benchmark::State& state, Fn fn) {
  bench::run_packed(state, split_kv::packed_size, split_kv::f32_ref, fn);
}

const bool kRegistered = bench::register_packed("attention_split", variants(), run);

}  // namespace
}  // namespace sotto::kernels::attention_split
