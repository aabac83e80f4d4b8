// A kernel test runs once for every entry of its op's table and is named after it.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
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

inline constexpr auto variant_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace sotto::test

// One instance of `suite` for each entry of `table`, the span that variants() gives.
#define SOTTO_TEST_EACH_VARIANT(suite, table)                                                 \
  INSTANTIATE_TEST_SUITE_P(Kernels, suite, testing::ValuesIn((table).begin(), (table).end()), \
                           ::sotto::test::variant_name)
