#include "kernels/quantize_kv/quantize_kv.h"

#include "bench/kernels/packed_attention_bench.h"

namespace sotto::kernels::quantize_kv {
namespace {

void run(benchmark::State& state, Fn fn) { bench::run_pack(state, packed_size, fn); }

const bool kRegistered = bench::register_packed("quantize_kv", variants(), run);

}  // namespace
}  // namespace sotto::kernels::quantize_kv
