// peak_bench: this machine's limits, with one thread and with all cores' (or as many as named).
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bench/peak/peak.h"

int main(int argc, char** argv) {
  using namespace sotto;
  unsigned most = std::max(1U, std::thread::hardware_concurrency());
  if (argc == 2) {
    const char* end = argv[1] + std::strlen(argv[1]);
    const auto [stop, error] = std::from_chars(argv[1], end, most);
    if (error != std::errc() || stop != end || most < 1 || most > 256) argc = 3;
  }
  if (argc > 2) {
    std::fprintf(stderr, "usage: peak_bench [THREADS]\n");
    return 2;
  }
  std::vector<unsigned> counts = {1};
  if (most > 1) counts.push_back(most);
  for (const unsigned threads : counts) {
    std::printf("%u thread%s\n", threads, threads == 1 ? "" : "s");
    for (const auto product :
         {bench::Product::kF32, bench::Product::kBf16, bench::Product::kInt8}) {
      for (const kernels::Isa isa : kernels::built_isas()) {
        const bench::Rate rate = bench::measure_peak(product, isa, threads);
        std::string own = "_";
        own += name(isa);
        if (!rate.variant.ends_with(own)) continue;  // a narrower one's
        std::printf("  %-18s %8.1f G operations/s\n", rate.variant.data(), rate.per_second / 1e9);
      }
    }
    const std::pair<const char*, std::size_t> sizes[] = {{"24 KiB", 24U << 10},
                                                         {"512 KiB", 512U << 10},
                                                         {"8 MiB", 8U << 20},
                                                         {"512 MiB", 512U << 20}};
    for (const auto& [text, bytes] : sizes) {
      const bench::Rate rate = bench::measure_read(bytes * threads, kernels::kBestIsa, threads);
      std::printf("  %-18s %8.1f GB/s, %s a thread\n", rate.variant.data(), rate.per_second / 1e9,
                  text);
    }
  }
  return 0;
}
