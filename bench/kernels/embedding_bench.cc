#include "kernels/embedding/embedding.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::embedding {
namespace {

void run(benchmark::State& state, Fn fn) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kVocabulary = 51872;
  constexpr std::size_t kCols = 384;
  const std::vector<float> w(kVocabulary * kCols, 0.5F);
  std::vector<float> y(rows * kCols);
  std::vector<std::int32_t> ids(rows);
  for (std::size_t i = 0; i < rows; ++i) ids[i] = static_cast<std::int32_t>(i * 7919 % kVocabulary);
  const Args args{ids.data(), w.data(), y.data(), rows, kCols, 16};
  for (auto _ : state) {
    fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(sizeof(float) * rows * kCols));
}

const bool registered = [] {
  for (const auto& variant : variants()) {
    if (!supported(variant.isa)) continue;
    benchmark::RegisterBenchmark(("embedding/" + std::string(variant.name)).c_str(), run,
                                 variant.fn)
        ->Arg(1)     // one decoder step, whisper-tiny
        ->Arg(224);  // a prompt
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::embedding
