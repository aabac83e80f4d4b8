#include "lib/graph/cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "lib/graph/executor.h"
#include "lib/graph/graph.h"

namespace sotto::graph {
namespace {

constexpr std::size_t kC = 8, kF = 24, kKeys = 50;

// [n, k] of ones.
PackedMatrix ones(WeightStore& store, std::size_t n, std::size_t k) {
  return *store.pack(
      n, k, [k](std::size_t, std::size_t rows, float* out) { std::fill_n(out, rows * k, 1.0F); });
}

// A stage "run" of two sections: a linear layer, then attention over a cache.
class CostTest : public testing::Test {
 protected:
  void SetUp() override {
    Graph g(Isa::kScalar);
    rows_ = g.extent("rows", 10);
    past_ = g.extent("past", 40);
    g.begin_stage("run");
    in_ = g.input("x", rows_, kC);
    const Tensor up = g.linear(in_, ones(store_, kF, kC));
    g.begin_section("rest");
    const Tensor cache = g.state("cache", {kKeys}, kC);
    const Tensor q = g.linear(up, ones(store_, kC, kF));
    g.kv_append(q, q, cache, cache, past_);
    g.output(
        g.attention(q, cache, cache, {.heads = 2, .kv_heads = 2, .causal = true, .past = past_}));
    g.begin_stage("last");
    g.begin_section("end");  // in the place of the stage's first, which has no nodes
    g.output(g.linear(g.last_row(g.gelu(g.input("y", rows_, kC))), ones(store_, kF, kC)));
    Result<Plan> plan = std::move(g).finish();
    ASSERT_TRUE(plan) << plan.error().message;
    plan_ = *std::move(plan);
  }

  Cost cost(std::string_view name, std::size_t rows, std::size_t past) const {
    const Section& section = plan_.sections[*plan_.find_section(name)];
    return count_cost(plan_, section.begin, section.end, std::vector{rows, past});
  }

  WeightStore store_{Isa::kScalar};
  Dim rows_, past_;
  Tensor in_;
  Plan plan_;
};

TEST_F(CostTest, LinearLayersCountTwoOperationsAWeightAndRow) {
  for (const std::size_t rows : {1, 3, 10}) {
    const Cost c = cost("run", rows, 0);
    EXPECT_EQ(c.all_operations(), 2.0 * static_cast<double>(rows * kC * kF));
    EXPECT_EQ(c.weight_bytes, 4.0 * kC * kF);
    EXPECT_EQ(c.state_bytes, 0);
    EXPECT_EQ(c.arithmetic(), Arithmetic::kF32);
  }
}

// Three queries after 40 rows see 41, 42 and 43 keys; each key is multiplied as a key and as a
// value. The rows of both caches are read once.
TEST_F(CostTest, CausalAttentionCountsTheKeysThatEachQuerySees) {
  const Cost c = cost("rest", 3, 40);
  EXPECT_EQ(c.all_operations(), 2.0 * 3 * kC * kF + 2.0 * 2 * (41 + 42 + 43) * kC);
  EXPECT_EQ(c.weight_bytes, 4.0 * kC * kF);
  EXPECT_EQ(c.state_bytes, 4.0 * 2 * 43 * kC);
  EXPECT_EQ(c.bytes(), c.weight_bytes + c.state_bytes);
}

TEST_F(CostTest, TheLastRowIsOneAndElementwiseWorkCountsNothing) {
  EXPECT_EQ(cost("end", 7, 0).all_operations(), 2.0 * kC * kF);
}

TEST_F(CostTest, SumsAndDifferencesAreOfEachPart) {
  Cost sum = cost("run", 2, 0);
  sum += cost("rest", 2, 5);
  sum -= cost("run", 2, 0);
  EXPECT_EQ(sum.operations, cost("rest", 2, 5).operations);
  EXPECT_EQ(sum.weight_bytes, cost("rest", 2, 5).weight_bytes);
  EXPECT_EQ(sum.state_bytes, cost("rest", 2, 5).state_bytes);
}

TEST_F(CostTest, KernelsSayWhatTheyMultiply) {
  EXPECT_EQ(arithmetic_of("f32_avx512"), Arithmetic::kF32);
  EXPECT_EQ(arithmetic_of("f16_avx512"), Arithmetic::kF32);
  EXPECT_EQ(arithmetic_of("bf16_avx2"), Arithmetic::kF32);
  EXPECT_EQ(arithmetic_of("bf16_avx512bf16"), Arithmetic::kBf16);
  EXPECT_EQ(arithmetic_of("bf16_amx"), Arithmetic::kBf16);
  EXPECT_EQ(arithmetic_of("f16_amx"), Arithmetic::kBf16);
  EXPECT_EQ(arithmetic_of("q8_avx512vnni"), Arithmetic::kInt8);
  EXPECT_EQ(arithmetic_of("q4_ref"), Arithmetic::kInt8);
}

TEST_F(CostTest, SectionsCoverTheNodesOfTheirStages) {
  ASSERT_EQ(plan_.sections.size(), 3);
  EXPECT_EQ(plan_.sections[0].begin, 0);
  EXPECT_EQ(plan_.sections[0].end, 1);
  EXPECT_EQ(plan_.sections[1].end, plan_.stages[0].end);
  EXPECT_EQ(plan_.sections[2].begin, plan_.stages[1].begin);
  EXPECT_EQ(plan_.sections[2].end, plan_.nodes.size());
  EXPECT_EQ(plan_.stages[1].first_section, 2);
  EXPECT_FALSE(plan_.find_section("last"));
}

TEST_F(CostTest, UsageIsOfTheSectionsThatRan) {
  const auto executor = Executor::create(plan_, 1);
  ASSERT_TRUE(executor);
  Executor& e = **executor;
  e.set(past_, 0);
  for (const std::size_t rows : {2, 5}) {
    e.set(rows_, rows);
    std::ranges::fill(e.f32(in_), 1.0F);
    e.run(0);
  }
  for (const std::size_t section : {0, 1}) {
    EXPECT_EQ(e.usage(section).runs, 2);
    EXPECT_GT(e.usage(section).seconds, 0);
  }
  EXPECT_EQ(e.usage(0).cost.all_operations(), 2.0 * 7 * kC * kF);
  EXPECT_EQ(e.usage(2).runs, 0);
  EXPECT_LE(e.usage(0).started, e.usage(1).started);
  e.clear_usage();
  EXPECT_EQ(e.usage(0).runs, 0);
  EXPECT_EQ(e.usage(0).cost.all_operations(), 0);
}

TEST(UsefulThreads, GrowWithTheLargestNode) {
  WeightStore store(Isa::kScalar);
  const auto threads = [&](std::size_t rows) {
    Graph g(Isa::kScalar);
    g.begin_stage("run");
    g.output(g.linear(g.input("x", g.extent("rows", rows), 100), ones(store, 200, 100)));
    const Result<Plan> plan = std::move(g).finish();
    EXPECT_TRUE(plan);
    return useful_threads(*plan);
  };
  EXPECT_EQ(threads(1), 1U);
  EXPECT_EQ(threads(500), 5U);  // 500 x 200 x 100 x 2 operations
  EXPECT_EQ(threads(1'000'000), 256U);
}

}  // namespace
}  // namespace sotto::graph
