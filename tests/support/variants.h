// A kernel test runs once for every entry of its op's table and is named after it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <span>
#include <string>

#include "kernels/isa.h"

namespace sotto::kernels {

template <typename Fn>
void PrintTo(const Variant<Fn>& variant, std::ostream* os) {
  *os << variant.name;
}

}  // namespace sotto::kernels

namespace sotto::test {

// Base of a kernel's test suite; Entry is the element type of its table.
template <typename Entry>
class KernelTest : public testing::TestWithParam<Entry> {
 protected:
  void SetUp() override {
    const kernels::Isa isa = this->GetParam().isa;
    if (!kernels::supported(isa)) GTEST_SKIP() << "not run on this machine: no " << name(isa);
  }
};

// Matrices are packed for gemm's entry and read by gemv's too: whatever the cap, the two that are
// chosen must agree, where same(gemm, gemv) says so.
template <typename Entry, typename Same>
void expect_one_packing(std::span<const Entry> gemm, std::span<const Entry> gemv, Same same) {
  for (const Entry& many : gemm) {
    const auto few = std::ranges::find_if(gemv, [&](const Entry& e) { return e.isa <= many.isa; });
    ASSERT_NE(few, gemv.end());
    EXPECT_TRUE(same(many, *few)) << many.name << " and " << few->name;
  }
  for (const Entry& few : gemv) {
    EXPECT_TRUE(std::ranges::any_of(gemm, [&](const Entry& e) { return e.isa == few.isa; }))
        << few.name;
  }
}
template <typename Entry>
void expect_one_panel(std::span<const Entry> gemm, std::span<const Entry> gemv) {
  const auto same = [](const Entry& a, const Entry& b) { return a.panel == b.panel; };
  expect_one_packing(gemm, gemv, same);
}
template <typename Entry>
void expect_one_layout(std::span<const Entry> gemm, std::span<const Entry> gemv) {
  const auto same = [](const Entry& a, const Entry& b) {
    return a.layout.panel == b.layout.panel && a.layout.group == b.layout.group &&
           a.layout.biased == b.layout.biased;
  };
  expect_one_packing(gemm, gemv, same);
}

inline constexpr auto variant_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace sotto::test

// One instance of `suite` for each entry of `table`, the span that variants() gives.
#define SOTTO_TEST_EACH_VARIANT(suite, table)                                                 \
  INSTANTIATE_TEST_SUITE_P(Kernels, suite, testing::ValuesIn((table).begin(), (table).end()), \
                           ::sotto::test::variant_name)
