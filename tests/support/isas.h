// A test that runs once for every instruction set that has f32 kernels.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "kernels/isa.h"

namespace sotto::kernels {

inline void PrintTo(Isa isa, std::ostream* os) { *os << name(isa); }

}  // namespace sotto::kernels

namespace sotto::test {

// The instruction sets with f32 kernels of their own: at the others, f32 weights run those of the
// next narrower one.
inline std::vector<kernels::Isa> f32_isas() {
  std::vector<kernels::Isa> isas;
  for (const auto& kernel : kernels::gemm::variants()) isas.push_back(kernel.isa);
  std::sort(isas.begin(), isas.end());
  return isas;
}

inline constexpr auto isa_name = [](const auto& instance) {
  return std::string(kernels::name(instance.param));
};

}  // namespace sotto::test

#define SOTTO_TEST_EACH_ISA(suite)                                                      \
  INSTANTIATE_TEST_SUITE_P(Isas, suite, ::testing::ValuesIn(::sotto::test::f32_isas()), \
                           ::sotto::test::isa_name)

// Skips, and says so, where this CPU lacks `isa`.
#define SOTTO_NEEDS_ISA(isa)                                                         \
  do {                                                                               \
    if (!::sotto::kernels::supported(isa)) {                                         \
      GTEST_SKIP() << "not run on this machine: no " << ::sotto::kernels::name(isa); \
    }                                                                                \
  } while (false)
