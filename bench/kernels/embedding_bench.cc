#include "kernels/embedding/embedding.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::embedding {
namespace {

template <typename Weight>
void run(benchmark::State& state, FnOf<Weight> fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kVocabulary = 51872;
  constexpr std::size_t kCols = 384;
  const std::vector<Weight> w(kVocabulary * kCols);
  std::vector<float> y(rows * kCols);
  std::vector<std::int32_t> ids(rows);
  for (std::size_t i = 0; i < rows; ++i) ids[i] = static_cast<std::int32_t>(i * 7919 % kVocabulary);
  const ArgsOf<Weight> args{ids.data(), w.data(), y.data(), rows, kCols, 16};
  for (auto _ : state) {
    fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(sizeof(float) * rows * kCols));
}

template <typename Weight>
void add(std::span<const Variant<FnOf<Weight>>> table) {
  for (const auto& variant : table) {
    benchmark::RegisterBenchmark(("embedding/" + std::string(variant.name)).c_str(), run<Weight>,
                                 variant.fn)
        ->Arg(1)     // one decoder step, whisper-tiny
        ->Arg(224);  // a prompt
  }
}

const bool registered = [] {
  add(variants());
  add(f16_variants());
  add(bf16_variants());
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::embedding
