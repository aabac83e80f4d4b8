#include "kernels/isa.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Isa, BfloatCapOnlyPassesOverBfloatProducts) {
  for (const Isa isa : built_isas()) {
    const Isa cap = bfloat16_cap(isa);
    EXPECT_TRUE(cap == isa || (isa == Isa::kAvx512Bf16 && cap == Isa::kAvx512Vnni)) << name(isa);
  }
}

}  // namespace
}  // namespace sotto::kernels
