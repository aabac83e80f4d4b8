#include "lib/tensor/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

#include "lib/tensor/arena.h"

namespace sotto::tensor {
namespace {

void expect_sound(const std::vector<Buffer>& buffers, const Layout& layout) {
  ASSERT_EQ(layout.offsets.size(), buffers.size());
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(layout.offsets[i] % kAlignment, 0U);
    EXPECT_LE(layout.offsets[i] + buffers[i].bytes, layout.bytes);
    for (std::size_t j = 0; j < i; ++j) {
      const bool together =
          buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
      const bool apart = layout.offsets[i] + buffers[i].bytes <= layout.offsets[j] ||
                         layout.offsets[j] + buffers[j].bytes <= layout.offsets[i];
      EXPECT_TRUE(!together || apart) << "buffers " << i << " and " << j << " overlap";
    }
  }
}

TEST(Planner, ReusesTheMemoryOfTheDead) {
  const std::vector<Buffer> buffers = {{64, 0, 1}, {64, 1, 2}, {64, 2, 3}};
  const Result<Layout> layout = plan_memory(buffers);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->bytes, 128U);
  EXPECT_EQ(layout->offsets[0], layout->offsets[2]);
  expect_sound(buffers, *layout);
}

TEST(Planner, TakesTheSmallestGapThatFits) {
  // The second and the fourth die at step 4 and leave gaps of 576 and 448 bytes.
  const std::vector<Buffer> buffers = {{640, 0, 9}, {576, 0, 4}, {512, 0, 9},
                                       {448, 0, 4}, {384, 0, 9}, {320, 5, 9}};
  const Result<Layout> layout = plan_memory(buffers);
  ASSERT_TRUE(layout);
  expect_sound(buffers, *layout);
  EXPECT_EQ(layout->bytes, 640U + 576U + 512U + 448U + 384U);
  EXPECT_EQ(layout->offsets[5], layout->offsets[3]);
}

TEST(Planner, NothingNeedsNothing) {
  const Result<Layout> layout = plan_memory({});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->bytes, 0U);
}

TEST(Planner, BuffersOfNoBytesAreHarmless) {
  const std::vector<Buffer> buffers = {{0, 0, 3}, {1, 0, 3}, {0, 1, 1}};
  const Result<Layout> layout = plan_memory(buffers);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->bytes, kAlignment);
}

TEST(Planner, OverflowIsAnError) {
  const std::size_t huge = std::numeric_limits<std::size_t>::max();
  const std::vector<Buffer> one = {{huge, 0, 0}};
  EXPECT_FALSE(plan_memory(one));
  const std::vector<Buffer> many(6, Buffer{huge / 5, 0, 0});
  EXPECT_FALSE(plan_memory(many));
}

TEST(Planner, RandomLifetimesNeverOverlapAndStayNearTheLowerBound) {
  std::mt19937 rng(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Buffer> buffers(60);
    std::vector<std::size_t> alive(40, 0);
    for (Buffer& b : buffers) {
      b.bytes = rng() % 5000;
      b.first = rng() % 40;
      b.last = std::min<std::size_t>(39, b.first + rng() % 8);
      for (std::size_t s = b.first; s <= b.last; ++s) alive[s] += (b.bytes + 63) / 64 * 64;
    }
    const Result<Layout> layout = plan_memory(buffers);
    ASSERT_TRUE(layout);
    expect_sound(buffers, *layout);
    const std::size_t bound = *std::max_element(alive.begin(), alive.end());
    EXPECT_GE(layout->bytes, bound);
    EXPECT_LE(layout->bytes, bound * 3 / 2);
  }
}

TEST(Arena, IsAlignedZeroedAndRefusesTheImpossible) {
  const Result<Arena> arena = Arena::allocate(1000, "a test");
  ASSERT_TRUE(arena);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena->data()) % kAlignment, 0U);
  EXPECT_TRUE(std::all_of(arena->data(), arena->data() + arena->size(),
                          [](std::byte b) { return b == std::byte{0}; }));
  const Result<Arena> impossible =
      Arena::allocate(std::numeric_limits<std::size_t>::max(), "a test");
  ASSERT_FALSE(impossible);
  EXPECT_NE(impossible.error().message.find("a test"), std::string::npos);
}

}  // namespace
}  // namespace sotto::tensor
