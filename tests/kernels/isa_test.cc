#include "kernels/isa.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace sotto::kernels {
namespace {

TEST(Isa, ScalarIsBuiltAndSupportedEverywhere) {
  EXPECT_EQ(built_isas().front(), Isa::kScalar);
  EXPECT_TRUE(supported(Isa::kScalar));
}

TEST(Isa, BuiltListIsOrdered) {
  EXPECT_TRUE(std::is_sorted(built_isas().begin(), built_isas().end()));
}

TEST(Isa, NamesParseBackAndOthersDoNot) {
  for (const Isa isa : built_isas()) EXPECT_EQ(parse_isa(name(isa)), isa);
  EXPECT_FALSE(parse_isa("").has_value());
  EXPECT_FALSE(parse_isa("AVX2").has_value());
  EXPECT_FALSE(parse_isa("sse9").has_value());
}

TEST(Isa, CapIsHonoured) {
  using Fn = int (*)();
  const auto one = [] { return 1; };
  const auto two = [] { return 2; };
  const Variant<Fn> table[] = {{built_isas().back(), "wide", one}, {Isa::kScalar, "ref", two}};
  const std::span<const Variant<Fn>> entries = table;
  EXPECT_EQ(best(entries, Isa::kScalar).name, "ref");
  if (supported(built_isas().back())) {
    EXPECT_EQ(best(entries, kBestIsa).name, "wide");
  }
}

// Says in the log which instruction sets this run could test.
TEST(Isa, ReportsWhatThisMachineRuns) {
  for (const Isa isa : built_isas()) {
    RecordProperty(std::string(name(isa)), supported(isa) ? "run" : "not run on this machine");
    printf("isa %s: %s\n", name(isa).data(), supported(isa) ? "run" : "not run on this machine");
  }
}

TEST(Isa, OnlyAvx512Bf16IsPassedOverWhereItIsSlow) {
  std::vector<Variant<int>> entries;
  for (const Isa isa : built_isas()) entries.insert(entries.begin(), {isa, name(isa), 0});
  const std::span<const Variant<int>> table = entries;
  for (const Isa isa : built_isas()) {
    const Isa chosen = best_bfloat16(table, isa).isa, widest = best(table, isa).isa;
    const bool passed = widest == Isa::kAvx512Bf16 && slow_avx512bf16();
    EXPECT_EQ(chosen, passed ? Isa::kAvx512Vnni : widest) << name(isa);
  }
}

// Threads ask at once, and get what the first got; the tiles are for all threads, those that ran
// before included.
TEST(Isa, ThreadsAgreeOnWhatIsSupported) {
  for (const Isa isa : built_isas()) {
    std::atomic<int> yes{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { yes += supported(isa) ? 1 : 0; });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(yes, supported(isa) ? 4 : 0) << name(isa);
  }
}

}  // namespace
}  // namespace sotto::kernels
