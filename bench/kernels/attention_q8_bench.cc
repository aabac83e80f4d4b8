#include "kernels/attention_q8/attention_q8.h"

#include "bench/kernels/packed_attention_bench.h"

namespace sotto::kernels::attention_q8 {
namespace {

void run(benchmark::State& state, Fn fn) {
  bench::run_packed(state, quantize_kv::packed_size, quantize_kv::f32_ref, fn);
}

const bool kRegistered = bench::register_packed("attention_q8", variants(), run);

}  // namespace
}  // namespace sotto::kernels::attention_q8
