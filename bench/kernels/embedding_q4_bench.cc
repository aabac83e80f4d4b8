#include "kernels/embedding_q4/embedding_q4.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace sotto::kernels::embedding_q4 {
namespace {

// Arguments: rows, cols.
void run(benchmark::State& state, Variant<Fn> variant) {
  constexpr std::size_t kTable = 51865;
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto cols = static_cast<std::size_t>(state.range(1));
  const gemm_q4::Layout layout = best(gemm_q4::variants(), kBestIsa).layout;
  const std::vector<std::uint8_t> w(gemm_q4::packed_size(kTable, cols, layout), 1);
  std::vector<std::int32_t> ids(rows);
  for (std::size_t r = 0; r < rows; ++r) ids[r] = static_cast<std::int32_t>(r * 7919 % kTable);
  std::vector<float> y(rows * cols);
  const Args args{ids.data(), w.data(), y.data(), rows, cols, layout};
  for (auto _ : state) {
    variant.fn(args, {0, work_items(args)});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(y.size() * sizeof(float)));
}

const bool kRegistered = [] {
  for (const Variant<Fn>& variant : variants()) {
    benchmark::RegisterBenchmark(("embedding_q4/" + std::string(variant.name)).c_str(), run,
                                 variant)
        ->Args({1, 384})     // whisper-tiny: a token
        ->Args({224, 384});  // and a prompt
  }
  return true;
}();

}  // namespace
}  // namespace sotto::kernels::embedding_q4
