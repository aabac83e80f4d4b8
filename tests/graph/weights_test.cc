#include "lib/graph/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace sotto::graph {
namespace {

TEST(WeightStore, WhatDoesNotFitIntoTheReservedMemoryTakesItsOwn) {
  WeightStore store(Isa::kScalar);
  store.reserve(1000);
  EXPECT_EQ(store.bytes(), 0U);
  std::vector<std::span<float>> all;
  for (const std::size_t count : {10, 100, 101, 60, 3, 0}) {  // 64 + 448 bytes, 404 of 488, ...
    Result<std::span<float>> floats = store.floats(count);
    ASSERT_TRUE(floats);
    EXPECT_EQ(floats->size(), count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(floats->data()) % 64, 0U);
    EXPECT_TRUE(std::ranges::all_of(*floats, [](float v) { return v == 0.0F; }));
    std::ranges::fill(*floats, 1.0F);  // what is given later is another's
    all.push_back(*floats);
  }
  EXPECT_EQ(all[1].data() - all[0].data(), 16);
  EXPECT_EQ(all[2].data() - all[0].data(), 128);
  EXPECT_EQ(store.bytes(), 4U * (10 + 100 + 101 + 60 + 3));
}

TEST(WeightStore, ReservingTooMuchFailsNowhere) {
  WeightStore store(Isa::kScalar);
  store.reserve(~std::size_t{0});
  EXPECT_TRUE(store.floats(5));
}

}  // namespace
}  // namespace sotto::graph
