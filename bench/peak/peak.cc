#include "bench/peak/peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "bench/peak/loops.h"

namespace sotto::bench {
namespace {

using kernels::Isa;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLanesOf128 = kChains * 4;  // f32 in all chains of 128 bits
constexpr std::size_t kBytesOf128 = kChains * 16;

// Best first; a multiply-add is two operations.
constexpr ComputeLoop kCompute[] = {
#if defined(__x86_64__)
    {Product::kF32, Isa::kAvx512, "f32_avx512", 2 * 4 * kLanesOf128, f32_avx512},
    {Product::kF32, Isa::kAvx2, "f32_avx2", 2 * 2 * kLanesOf128, f32_avx2},
    {Product::kBf16, Isa::kAmx, "bf16_amx", 2 * kTiles * 16 * 16 * 32, bf16_amx},
    {Product::kBf16, Isa::kAvx512Bf16, "bf16_avx512bf16", 2 * 8 * kLanesOf128, bf16_avx512bf16},
    {Product::kInt8, Isa::kAmx, "int8_amx", 2 * kTiles * 16 * 16 * 64, int8_amx},
    {Product::kInt8, Isa::kAvx512Vnni, "int8_avx512vnni", 2 * 4 * kBytesOf128, int8_avx512vnni},
    {Product::kInt8, Isa::kAvxVnni, "int8_avxvnni", 2 * 2 * kBytesOf128, int8_avxvnni},
    {Product::kInt8, Isa::kAvx2, "int8_avx2", 2 * 2 * kBytesOf128, int8_avx2},
#elif defined(__aarch64__)
    {Product::kF32, Isa::kNeon, "f32_neon", 2 * kLanesOf128, f32_neon},
    {Product::kInt8, Isa::kNeonI8mm, "int8_neoni8mm", 2 * 2 * kBytesOf128, int8_neoni8mm},
    {Product::kInt8, Isa::kNeonDot, "int8_neondot", 2 * kBytesOf128, int8_neondot},
    {Product::kInt8, Isa::kNeon, "int8_neon", 2 * kBytesOf128, int8_neon},
#endif
    {Product::kF32, Isa::kScalar, "f32_scalar", 2 * kChains, f32_scalar},
};

constexpr ReadLoop kRead[] = {
#if defined(__x86_64__)
    {Isa::kAvx512, "read_avx512", read_avx512},
    {Isa::kAvx2, "read_avx2", read_avx2},
#elif defined(__aarch64__)
    {Isa::kNeon, "read_neon", read_neon},
#endif
    {Isa::kScalar, "read_scalar", read_scalar},
};

bool runs(Isa isa, Isa cap) { return isa <= cap && kernels::supported(isa); }

// Units a second that `threads` threads do together, each calling work(thread) once a run, which
// does `units`; the best of kRuns runs.
template <typename Work>
double rate(unsigned threads, double units, const Work& work) {
  constexpr int kRuns = 7;
  std::atomic<unsigned> ready{0}, done{0};
  std::atomic<int> go{-1};
  const auto runner = [&](unsigned thread) {
    for (int run = 0; run < kRuns; ++run) {
      ready.fetch_add(1);
      while (go.load() < run) std::this_thread::yield();
      work(thread);
      done.fetch_add(1);
    }
  };
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threads; ++thread) others.emplace_back(runner, thread);
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    while (ready.load() < static_cast<unsigned>(run + 1) * (threads - 1)) std::this_thread::yield();
    const Clock::time_point start = Clock::now();
    go.store(run);
    work(0U);
    while (done.load() < static_cast<unsigned>(run + 1) * (threads - 1)) std::this_thread::yield();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, units * threads / seconds);
  }
  for (std::thread& other : others) other.join();
  return best;
}

volatile float g_keep = 0;  // where results go, so that the loops have one

struct Free {
  void operator()(std::byte* p) const { std::free(p); }
};

}  // namespace

std::string_view name(Product product) noexcept {
  switch (product) {
    case Product::kF32: return "f32";
    case Product::kBf16: return "bf16";
    case Product::kInt8: return "int8";
  }
  return "?";
}

float f32_scalar(std::size_t turns) noexcept {
  float sum[kChains] = {};
  for (std::size_t i = 0; i < turns; ++i) {
    for (float& s : sum) {
      s = s * 0.999F + 1e-3F;
      __asm__("" : "+m"(s));  // one at a time
    }
  }
  return sum[0];
}

std::uint64_t read_scalar(const std::byte* data, std::size_t bytes) noexcept {
  const auto* words = reinterpret_cast<const std::uint64_t*>(data);
  std::uint64_t sum[8] = {};
  for (std::size_t at = 0; at < bytes / 8; at += 8) {
    for (std::size_t r = 0; r < 8; ++r) sum[r] |= words[at + r];
  }
  return sum[0] | sum[1] | sum[2] | sum[3] | sum[4] | sum[5] | sum[6] | sum[7];
}

Rate measure_peak(Product product, Isa cap, unsigned threads) {
  for (const ComputeLoop& loop : kCompute) {
    if (loop.product != product || !runs(loop.isa, cap)) continue;
    constexpr double kSeconds = 0.01;
    std::size_t turns = 1000;
    const auto work = [&](unsigned) { g_keep = loop.run(turns); };
    const double first = rate(1, static_cast<double>(loop.operations * turns), work);
    turns = static_cast<std::size_t>(first * kSeconds / static_cast<double>(loop.operations)) + 1;
    return {rate(threads, static_cast<double>(loop.operations * turns), work), loop.name};
  }
  return {};
}

Rate measure_read(std::size_t bytes, Isa cap, unsigned threads) {
  constexpr std::size_t kStep = 1024, kAtLeast = std::size_t{64} << 20;  // bytes of a run
  const std::size_t share = std::max(kStep, bytes / threads / kStep * kStep);
  std::vector<std::unique_ptr<std::byte, Free>> blocks;
  for (unsigned i = 0; i < threads; ++i) {
    blocks.emplace_back(static_cast<std::byte*>(std::aligned_alloc(kStep, share)));
    if (!blocks.back()) return {};
    std::fill_n(blocks.back().get(), share, std::byte{1});
  }
  const std::size_t passes = std::max<std::size_t>(1, kAtLeast / share);
  for (const ReadLoop& loop : kRead) {
    if (!runs(loop.isa, cap)) continue;
    const auto work = [&](unsigned thread) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < passes; ++i) sum |= loop.run(blocks[thread].get(), share);
      g_keep = static_cast<float>(sum);
    };
    return {rate(threads, static_cast<double>(share * passes), work), loop.name};
  }
  return {};
}

}  // namespace sotto::bench
