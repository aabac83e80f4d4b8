// A test that runs once for every instruction set of the architecture.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "kernels/isa.h"

namespace sotto::kernels {

inline void PrintTo(Isa isa, std::ostream* os) { *os << name(isa); }

}  // namespace sotto::kernels

namespace sotto::test {

inline constexpr auto isa_name = [](const auto& instance) {
  return std::string(kernels::name(instance.param));
};

}  // namespace sotto::test

#define SOTTO_TEST_EACH_ISA(suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(Isas, suite,                                                \
                           ::testing::ValuesIn(::sotto::kernels::built_isas().begin(), \
                                               ::sotto::kernels::built_isas().end()),  \
                           ::sotto::test::isa_name)

// Skips, and says so, where this CPU lacks `isa`.
#define SOTTO_NEEDS_ISA(isa)                                                         \
  do {                                                                               \
    if (!::sotto::kernels::supported(isa)) {                                         \
      GTEST_SKIP() << "not run on this machine: no " << ::sotto::kernels::name(isa); \
    }                                                                                \
  } while (false)
