#include "lib/graph/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "lib/graph/executor.h"
#include "tests/support/isas.h"

namespace sotto::graph {
namespace {

PackedMatrix pack(WeightStore& store, std::size_t n, std::size_t k, const std::vector<float>& w) {
  const Result<PackedMatrix> packed =
      store.pack(n, k, [&](std::size_t row, std::size_t rows, float* out) {
        std::copy_n(w.begin() + static_cast<std::ptrdiff_t>(row * k), rows * k, out);
      });
  EXPECT_TRUE(packed);
  return *packed;
}

std::vector<float> ramp(std::size_t count, float scale) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = scale * (static_cast<float>(i % 13) - 6.0F + 0.25F * static_cast<float>(i % 7));
  }
  return values;
}

bool has_blocks(Dtype dtype) { return tensor::block(dtype).elements > 1; }

class GraphTest : public testing::TestWithParam<Isa> {};

// x + W gelu(V norm(x)): a transformer's feed-forward block, against plain loops.
TEST_P(GraphTest, FeedForwardBlockGivesTheFormulaAtEveryExtent) {
  SOTTO_NEEDS_ISA(GetParam());
  constexpr std::size_t kC = 20, kF = 37, kMax = 100;
  WeightStore store(GetParam());
  const std::vector<float> v = ramp(kF * kC, 0.05F), w = ramp(kC * kF, 0.03F);
  const std::vector<float> gamma = ramp(kC, 0.2F), bias = ramp(kF, 0.1F);

  Graph g(store.cap());
  const Dim rows = g.extent("rows", kMax);
  g.begin_stage("run");
  const Tensor in = g.input("x", rows, kC);
  const Tensor h = g.linear(g.layer_norm(in, {.gamma = gamma.data()}), pack(store, kF, kC, v),
                            {.bias = bias.data(), .activation = Activation::kGelu});
  const Tensor out = g.linear(h, pack(store, kC, kF, w), {.residual = in});
  g.output(out);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const auto executor = Executor::create(*plan, 2);
  ASSERT_TRUE(executor);

  for (const std::size_t m : {1, 2, 5, 84, 100}) {
    (*executor)->set(rows, m);
    const std::vector<float> x = ramp(m * kC, 0.7F);
    std::ranges::copy(x, (*executor)->f32(in).begin());
    (*executor)->run(0);
    const std::span<const float> got = (*executor)->f32(out);
    ASSERT_EQ(got.size(), m * kC);
    for (std::size_t r = 0; r < m; ++r) {
      const float* row = x.data() + r * kC;
      const double mean = std::accumulate(row, row + kC, 0.0) / kC;
      double var = 0;
      for (std::size_t c = 0; c < kC; ++c) var += (row[c] - mean) * (row[c] - mean) / kC;
      std::vector<double> hidden(kF);
      for (std::size_t f = 0; f < kF; ++f) {
        double sum = bias[f];
        for (std::size_t c = 0; c < kC; ++c) {
          sum += (row[c] - mean) / std::sqrt(var + 1e-5) * gamma[c] * v[f * kC + c];
        }
        hidden[f] = sum * (1 + std::erf(sum / std::sqrt(2.0))) / 2;
      }
      for (std::size_t c = 0; c < kC; ++c) {
        double want = row[c];
        for (std::size_t f = 0; f < kF; ++f) want += w[c * kF + f] * hidden[f];
        ASSERT_NEAR(got[r * kC + c], want, 1e-4) << "row " << r << " of " << m << ", column " << c;
      }
    }
  }
}

// add, norm, up, GELU, down and residual, then a copy in f16: all rows at once, or in row blocks.
struct FeedForward {
  Dim rows;
  Tensor in, kept, out;
  Result<Plan> plan;

  FeedForward(Isa isa, const PackedMatrix& up, const PackedMatrix& down, const PackedMatrix& square,
              const std::vector<float>& gamma, std::size_t most, bool blocks)
      : plan(Plan{}) {
    Graph g(isa);
    rows = g.extent("rows", most);
    g.begin_stage("run");
    in = g.input("x", rows, up.k);
    kept = g.state("kept", rows, up.k, Dtype::kF16);
    Tensor x = g.add(in, in);
    if (blocks) g.begin_row_blocks(rows);
    const Tensor h =
        g.linear(g.layer_norm(x, {.gamma = gamma.data()}), up, {.activation = Activation::kGelu});
    x = g.linear(h, down, {.residual = x});
    if (blocks) g.end_row_blocks();
    if (blocks) g.begin_row_blocks(rows);
    g.linear(x, square, {.into = kept});
    if (blocks) g.end_row_blocks();
    out = g.add(x, x);
    g.output(out);
    plan = std::move(g).finish();
  }
};

TEST_P(GraphTest, RowBlocksGiveTheSameBitsInLessMemory) {
  SOTTO_NEEDS_ISA(GetParam());
  constexpr std::size_t kC = 24, kF = 70, kMax = 700;
  WeightStore store(GetParam());
  const std::vector<float> gamma = ramp(kC, 0.2F);
  const PackedMatrix up = pack(store, kF, kC, ramp(kF * kC, 0.05F));
  const PackedMatrix down = pack(store, kC, kF, ramp(kC * kF, 0.03F));
  const PackedMatrix square = pack(store, kC, kC, ramp(kC * kC, 0.04F));
  const FeedForward whole(GetParam(), up, down, square, gamma, kMax, false);
  const FeedForward blocked(GetParam(), up, down, square, gamma, kMax, true);
  ASSERT_TRUE(whole.plan && blocked.plan) << blocked.plan.error().message;
  // The input's rows, and of the wide tensor those of one block.
  EXPECT_LE(blocked.plan->arena_bytes - blocked.plan->state_bytes,
            (2 * kMax * kC + RowBlocks::kMostRows * (kF + kC)) * sizeof(float) + 1024);
  EXPECT_GT(whole.plan->arena_bytes - whole.plan->state_bytes, kMax * (kC + kF) * sizeof(float));

  const auto a = Executor::create(*whole.plan, 1);
  const auto b = Executor::create(*blocked.plan, 2);
  ASSERT_TRUE(a && b);
  for (const std::size_t m : {1, 84, 168, 169, 252, 253, 420, 421, 700}) {
    SCOPED_TRACE(m);
    const std::vector<float> x = ramp(m * kC, 0.7F);
    const auto run = [&](Executor& executor, const FeedForward& graph) {
      executor.set(graph.rows, m);
      std::ranges::copy(x, executor.f32(graph.in).begin());
      executor.run(0);
    };
    run(**a, whole);
    run(**b, blocked);
    EXPECT_TRUE(std::ranges::equal((*a)->f32(whole.out), (*b)->f32(blocked.out)));
    EXPECT_TRUE(std::ranges::equal((*a)->bytes(whole.kept), (*b)->bytes(blocked.kept)));
  }
}

TEST_P(GraphTest, RowBlocksRefuseWhatMixesRows) {
  Graph g(GetParam());
  const Dim rows = g.extent("rows", 10);
  g.begin_stage("run");
  const Tensor qkv = g.input("qkv", rows, 24);
  g.begin_row_blocks(rows);
  g.attention(g.columns(qkv, 0, 8), g.columns(qkv, 8, 8), g.columns(qkv, 16, 8),
              {.heads = 2, .kv_heads = 2, .keys = rows});
  g.end_row_blocks();
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "graph: attention: does not run in row blocks");
}

class GraphTestOfAttention : public GraphTest {
 protected:
  static constexpr std::size_t kC = 24, kRows = 101;

  static Tensor part(Graph& g, Tensor x, std::size_t i) { return g.columns(x, i * kC, kC); }

  // Attention within three heads, in place or not, among matrices of that type.
  static void expect_same_in_place(Dtype weights) {
    Graph g(GetParam());
    const Dim rows = g.extent("rows", kRows);
    g.begin_stage("run");
    const AttentionOptions options{.heads = 3, .kv_heads = 3, .keys = rows, .weights = weights};
    AttentionOptions in_place = options;
    in_place.in_place = true;
    const Tensor a = g.input("a", rows, 3 * kC), b = g.input("b", rows, 3 * kC);
    const Tensor apart = g.attention(part(g, a, 0), part(g, a, 1), part(g, a, 2), options);
    g.attention(part(g, b, 0), part(g, b, 1), part(g, b, 2), in_place);
    const Tensor twice = g.add(b, b);
    g.output(apart);
    g.output(twice);
    const Result<Plan> plan = std::move(g).finish();
    ASSERT_TRUE(plan) << plan.error().message;
    const auto executor = Executor::create(*plan, 2);
    ASSERT_TRUE(executor);
    for (const std::size_t m : {1UL, 3UL, 60UL, kRows}) {
      (*executor)->set(rows, m);
      const std::vector<float> x = ramp(m * 3 * kC, 0.3F);
      std::ranges::copy(x, (*executor)->f32(a).begin());
      std::ranges::copy(x, (*executor)->f32(b).begin());
      (*executor)->run(0);
      const std::span<const float> want = (*executor)->f32(apart), got = (*executor)->f32(twice);
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t c = 0; c < kC; ++c) {
          ASSERT_EQ(2 * want[i * kC + c], got[i * 3 * kC + c]) << "row " << i << ", column " << c;
        }
      }
    }
  }
};

TEST_P(GraphTestOfAttention, InPlaceGivesTheSameBits) {
  SOTTO_NEEDS_ISA(GetParam());
  expect_same_in_place(Dtype::kF32);
  expect_same_in_place(Dtype::kQ8_0);
  expect_same_in_place(Dtype::kF16);
}

// Among matrices that are less exact attention may be, too, where this CPU is fast at that: in
// bytes off by some steps of 1/127 of the largest value, in split floats by some 2^-14 of it. The
// kernels' tests have the exact bounds.
TEST_P(GraphTestOfAttention, RoundsWhatTheMatricesAroundItDo) {
  SOTTO_NEEDS_ISA(GetParam());
  using namespace kernels;
  const auto fast = [](const auto& table) { return best(table, GetParam()).isa != Isa::kScalar; };
  const bool bytes = fast(attention_q8::variants()), split = fast(attention_split::variants());
  Graph g(GetParam());
  const Dim rows = g.extent("rows", kRows);
  g.begin_stage("run");
  const Tensor x = g.input("x", rows, 3 * kC);
  std::vector<Tensor> results;
  for (const Dtype weights : {Dtype::kF32, Dtype::kQ4_0, Dtype::kF16, Dtype::kBF16}) {
    results.push_back(g.attention(part(g, x, 0), part(g, x, 1), part(g, x, 2),
                                  {.heads = 3, .kv_heads = 3, .keys = rows, .weights = weights}));
    g.output(results.back());
  }
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(std::holds_alternative<Attention>(plan->nodes[0].op));
  ASSERT_EQ(std::holds_alternative<AttentionQ8>(plan->nodes[1].op), bytes);
  ASSERT_EQ(std::holds_alternative<AttentionSplit>(plan->nodes[2].op), split);
  ASSERT_EQ(std::holds_alternative<AttentionSplit>(plan->nodes[3].op), split);

  const auto executor = Executor::create(*plan, 2);
  ASSERT_TRUE(executor);
  for (const std::size_t m : {1UL, 3UL, 60UL, kRows}) {
    (*executor)->set(rows, m);
    const std::vector<float> numbers = ramp(m * 3 * kC, 0.3F);
    std::ranges::copy(numbers, (*executor)->f32(x).begin());
    (*executor)->run(0);
    const float largest = std::ranges::max(numbers);
    const float off[] = {0, bytes ? 6 * largest / 127 : 0, split ? 6 * largest * 0x1p-14F : 0,
                         split ? 6 * largest * 0x1p-14F : 0};
    const std::span<const float> want = (*executor)->f32(results[0]);
    for (std::size_t r = 1; r < 4; ++r) {
      const std::span<const float> got = (*executor)->f32(results[r]);
      for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(want[i], got[i], off[r]) << i;
    }
  }
}

// Three sequences in the caches of slots 2, 0 and 1, against each alone through kv_append and
// attention.
TEST_P(GraphTest, SequencesSideBySideGiveTheBitsOfEachAlone) {
  SOTTO_NEEDS_ISA(GetParam());
  constexpr std::size_t kC = 24, kSequences = 3, kSteps = 7;
  constexpr std::uint32_t kCapacity = 8, kHeads = 2;
  constexpr std::int32_t kSlots[kSequences] = {2, 0, 1};
  Graph g(GetParam());
  const Dim past = g.extent("past", kCapacity - 1), rows = g.extent("rows", kSequences);
  g.begin_stage("side by side");
  const Tensor qkv = g.input("qkv", rows, 3 * kC);
  const Tensor slots = g.input("slots", rows, 1, Dtype::kI32);
  const Tensor k_cache = g.state("k", Dim{kSequences * kCapacity}, kC);
  const Tensor v_cache = g.state("v", Dim{kSequences * kCapacity}, kC);
  const SequenceOptions options{
      .slots = slots, .capacity = kCapacity, .heads = kHeads, .past = past};
  g.kv_append_each(g.columns(qkv, kC, kC), g.columns(qkv, 2 * kC, kC), k_cache, v_cache, options);
  const Tensor together = g.attention_each(g.columns(qkv, 0, kC), k_cache, v_cache, options);
  g.output(together);
  g.begin_stage("alone");
  const Tensor one = g.input("qkv", Dim{1}, 3 * kC);
  const Tensor k = g.state("one k", Dim{kCapacity}, kC), v = g.state("one v", Dim{kCapacity}, kC);
  g.kv_append(g.columns(one, kC, kC), g.columns(one, 2 * kC, kC), k, v, past);
  const Tensor alone =
      g.attention(g.columns(one, 0, kC), k, v,
                  {.heads = kHeads, .kv_heads = kHeads, .causal = true, .past = past});
  g.output(alone);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const auto executor = Executor::create(*plan, 2);
  ASSERT_TRUE(executor);

  const std::vector<float> x = ramp(kSteps * kSequences * 3 * kC, 0.3F);
  const auto row = [&](std::size_t step, std::size_t i) {
    return std::span(x).subspan((step * kSequences + i) * 3 * kC, 3 * kC);
  };
  std::vector<float> got(kSteps * kSequences * kC);
  (*executor)->set(rows, kSequences);
  for (std::size_t step = 0; step < kSteps; ++step) {
    (*executor)->set(past, step);
    std::ranges::copy(std::span(x).subspan(step * kSequences * 3 * kC, kSequences * 3 * kC),
                      (*executor)->f32(qkv).begin());
    std::ranges::copy(kSlots, (*executor)->i32(slots).begin());
    (*executor)->run(0);
    std::ranges::copy((*executor)->f32(together),
                      got.begin() + static_cast<std::ptrdiff_t>(step * kSequences * kC));
  }
  for (std::size_t i = 0; i < kSequences; ++i) {
    for (std::size_t step = 0; step < kSteps; ++step) {
      (*executor)->set(past, step);
      std::ranges::copy(row(step, i), (*executor)->f32(one).begin());
      (*executor)->run(1);
      const std::span<const float> want = (*executor)->f32(alone);
      for (std::size_t c = 0; c < kC; ++c) {
        ASSERT_EQ(got[(step * kSequences + i) * kC + c], want[c])
            << "sequence " << i << ", step " << step << ", column " << c;
      }
    }
  }
}

TEST_P(GraphTest, ScoresOfOneHeadLieWithoutGaps) {
  SOTTO_NEEDS_ISA(GetParam());
  constexpr std::size_t kC = 16, kHead = 8;
  Graph g(GetParam());
  const Dim rows = g.extent("rows", 5), keys = g.extent("keys", 9);
  g.begin_stage("run");
  const Tensor q = g.input("q", rows, kC), k = g.input("k", Dim{9}, kC);
  const Tensor y = g.attention_scores(g.columns(q, kHead, kHead), g.columns(k, kHead, kHead), keys);
  g.output(y);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const auto executor = Executor::create(*plan, 1);
  ASSERT_TRUE(executor);
  (*executor)->set(rows, 4);
  (*executor)->set(keys, 7);
  std::ranges::copy(ramp(4 * kC, 0.3F), (*executor)->f32(q).begin());
  std::ranges::copy(ramp(9 * kC, 0.2F), (*executor)->f32(k).begin());
  (*executor)->run(0);
  const std::span<const float> a = (*executor)->f32(q), b = (*executor)->f32(k);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      double want = 0;
      for (std::size_t d = kHead; d < kC; ++d) {
        want += double{a[i * kC + d]} * double{b[j * kC + d]} / std::sqrt(double{kHead});
      }
      EXPECT_NEAR((*executor)->f32(y)[i * 7 + j], want, 1e-5) << i << ", " << j;
    }
  }
}

// Blocks of random bits with scales of order 0.01.
std::vector<std::byte> random_weights(Dtype dtype, std::size_t n, std::size_t k) {
  std::vector<std::byte> bytes(n * *tensor::byte_size(dtype, k));
  std::minstd_rand rng(5);
  if (dtype == Dtype::kF16 || dtype == Dtype::kBF16) {
    const std::vector<float> values = ramp(n * k, 0.03F);
    tensor::from_f32(dtype, values.data(), values.size(), bytes.data());
    return bytes;
  }
  for (std::byte& b : bytes) b = static_cast<std::byte>(rng() % 256);
  const std::size_t block = tensor::block(dtype).bytes;
  for (std::size_t at = 0; at < bytes.size(); at += block) {
    const std::uint16_t scale =
        tensor::f32_to_f16(0.005F + static_cast<float>(rng() % 100) * 1e-4F);
    std::memcpy(bytes.data() + at, &scale, sizeof scale);
  }
  return bytes;
}

TEST_P(GraphTest, WeightsOfEveryTypeGiveTheProductOfTheirNumbers) {
  SOTTO_NEEDS_ISA(GetParam());
  constexpr std::size_t kN = 37, kK = 96, kMax = 90;
  for (const Dtype dtype : {Dtype::kF16, Dtype::kBF16, Dtype::kQ8_0, Dtype::kQ4_0}) {
    SCOPED_TRACE(tensor::name(dtype));
    const std::vector<std::byte> stored = random_weights(dtype, kN, kK);
    std::vector<float> w(kN * kK);
    tensor::to_f32(dtype, stored.data(), w.size(), w.data());
    WeightStore store(GetParam());
    const std::size_t row_bytes = *tensor::byte_size(dtype, kK);
    const Result<PackedMatrix> packed =
        store.pack(dtype, kN, kK, [&](std::size_t row, std::size_t rows, std::byte* out) {
          std::memcpy(out, stored.data() + row * row_bytes, rows * row_bytes);
        });
    ASSERT_TRUE(packed);
    Graph g(store.cap());
    const Dim rows = g.extent("rows", kMax), ids = g.extent("ids", 3);
    g.begin_stage("run");
    const Tensor x = g.input("x", rows, kK), y = g.linear(x, *packed);
    // Rows of the first panel and the second, or of the second alone.
    constexpr std::size_t kParts[][2] = {{5, 30}, {33, 3}};
    std::vector<Tensor> parts;
    for (const auto& [first, count] : kParts) {
      parts.push_back(g.linear(x, rows_of(*packed, first, count).matrix));
      g.output(parts.back());
    }
    const Tensor numbers = g.input("ids", ids, 1, Dtype::kI32);
    const Tensor looked_up = g.embedding(numbers, *packed);
    g.output(y);
    g.output(looked_up);
    const Result<Plan> plan = std::move(g).finish();
    ASSERT_TRUE(plan) << plan.error().message;
    const auto executor = Executor::create(*plan, 2);
    ASSERT_TRUE(executor);
    (*executor)->set(ids, 3);
    std::ranges::copy(std::vector<std::int32_t>{36, 0, 7}, (*executor)->i32(numbers).begin());
    for (const std::size_t m : {1, 5, 90}) {
      (*executor)->set(rows, m);
      const std::vector<float> in = ramp(m * kK, 0.1F);
      std::ranges::copy(in, (*executor)->f32(x).begin());
      (*executor)->run(0);
      const std::span<const float> got = (*executor)->f32(y);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto [first, count] = kParts[i];
        const std::size_t before = rows_of(*packed, first, count).before, n = before + count;
        const std::span<const float> part = (*executor)->f32(parts[i]);
        ASSERT_EQ(part.size(), m * n);
        for (std::size_t r = 0; r < m; ++r) {
          for (std::size_t j = 0; j < count; ++j) {
            ASSERT_EQ(part[r * n + before + j], got[r * kN + first + j]) << r << ", " << j;
          }
        }
      }
      for (std::size_t r = 0; r < m; ++r) {
        for (std::size_t j = 0; j < kN; ++j) {
          double want = 0, size = 0, most = 0;
          for (std::size_t p = 0; p < kK; ++p) {
            want += double{in[r * kK + p]} * double{w[j * kK + p]};
            size += std::fabs(double{w[j * kK + p]});
            most = std::max(most, std::fabs(double{in[r * kK + p]}));
          }
          // Activations in 8 bits are off by up to half of most / 127, those in bfloat16 by 2^-9.
          const double rounding = has_blocks(dtype)       ? 1.0 / 254
                                  : dtype == Dtype::kBF16 ? 0x1p-9
                                                          : 0;
          ASSERT_NEAR(got[r * kN + j], want, (rounding + 1e-6) * most * size) << r << ", " << j;
        }
      }
    }
    const std::span<const float> rows_of_w = (*executor)->f32(looked_up);
    for (std::size_t p = 0; p < kK; ++p) {
      EXPECT_EQ(rows_of_w[p], w[36 * kK + p]);
      EXPECT_EQ(rows_of_w[kK + p], w[p]);
      EXPECT_EQ(rows_of_w[2 * kK + p], w[7 * kK + p]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, GraphTest,
                         ::testing::ValuesIn(kernels::built_isas().begin(),
                                             kernels::built_isas().end()),
                         ::sotto::test::isa_name);
INSTANTIATE_TEST_SUITE_P(Isas, GraphTestOfAttention,
                         ::testing::ValuesIn(kernels::built_isas().begin(),
                                             kernels::built_isas().end()),
                         ::sotto::test::isa_name);

TEST(Graph, ConstantsLieOutsideOfTheArena) {
  const std::vector<float> ones(5 * 8, 1.0F);
  Graph g(Isa::kScalar);
  g.begin_stage("run");
  const Tensor x = g.input("x", Dim{5}, 8);
  const Tensor y = g.add(x, g.constant("ones", 5, 8, ones.data()));
  g.output(y);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->arena_bytes, 2 * 5 * 8 * sizeof(float) + 2 * (64 - 5 * 8 * 4 % 64));
  const auto executor = Executor::create(*plan, 1);
  ASSERT_TRUE(executor);
  std::ranges::fill((*executor)->f32(x), 2.0F);
  (*executor)->run(0);
  for (const float v : (*executor)->f32(y)) EXPECT_EQ(v, 3.0F);
}

TEST(Graph, NothingWritesToAConstant) {
  const std::vector<float> ones(8 * 8, 1.0F);
  WeightStore store(Isa::kScalar);
  const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
  Graph g(store.cap());
  g.begin_stage("run");
  const Tensor constant = g.constant("ones", 8, 8, ones.data());
  g.linear(g.input("x", Dim{8}, 8), w, {.into = constant});
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("ones is constant"), std::string::npos)
      << plan.error().message;
}

TEST(Graph, ResidualTakesThePlaceOfWhatItAddsTo) {
  WeightStore store(Isa::kScalar);
  const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
  Graph g(store.cap());
  const Dim rows = g.extent("rows", 10);
  g.begin_stage("run");
  const Tensor a = g.linear(g.input("x", rows, 8), w);
  const Tensor b = g.linear(a, w);
  const Tensor c = g.linear(b, w, {.residual = a});  // a dies here: c lies where a was
  const Tensor d = g.linear(c, w, {.residual = c});  // reads c as input too: d must not
  g.output(d);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->tensors[c.id].offset, plan->tensors[a.id].offset);
  EXPECT_NE(plan->tensors[d.id].offset, plan->tensors[c.id].offset);
}

TEST(Graph, OutputsAndStatesKeepTheirMemory) {
  WeightStore store(Isa::kScalar);
  const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
  Graph g(store.cap());
  const Dim rows = g.extent("rows", 10);
  g.begin_stage("first");
  const Tensor x = g.input("x", rows, 8);
  const Tensor kept = g.linear(x, w);
  g.output(kept);
  const Tensor state = g.state("cache", rows, 8);
  g.linear(g.linear(kept, w), w, {.into = state});
  g.begin_stage("second");
  const Tensor y = g.linear(state, w);
  g.output(y);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const auto apart = [&](Tensor a, Tensor b) {
    const TensorPlan& s = plan->tensors[a.id];
    const TensorPlan& t = plan->tensors[b.id];
    return s.offset + s.bytes <= t.offset || t.offset + t.bytes <= s.offset;
  };
  for (std::uint32_t id = 0; id < plan->tensors.size(); ++id) {
    if (id != state.id) {
      EXPECT_TRUE(apart(state, {id})) << plan->tensors[id].name;
    }
  }
  EXPECT_TRUE(apart(kept, x));
  EXPECT_EQ(plan->state_bytes, 10U * 8U * sizeof(float));
}

TEST(Graph, WhatIsRemadeLiesWhereItIsNotNeededYet) {
  WeightStore store(Isa::kScalar);
  const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
  Graph g(store.cap());
  const Dim rows = g.extent("rows", 10);
  g.begin_stage("first");
  const Tensor x = g.linear(g.input("x", rows, 8), w);  // over before the state is written
  const Tensor y = g.linear(x, w);
  const Tensor state = g.remade("cache", rows, 8);
  g.linear(y, w, {.into = state});
  g.begin_stage("second");
  g.output(g.linear(g.linear(g.linear(state, w), w), w));
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const auto& tensors = plan->tensors;
  EXPECT_EQ(tensors[state.id].offset, tensors[x.id].offset);
  for (std::uint32_t id = 0; id < tensors.size(); ++id) {
    const bool before = tensors[id].last < tensors[state.id].first;
    if (id == state.id || before) continue;
    EXPECT_NE(tensors[id].offset, tensors[state.id].offset) << tensors[id].name;
  }
  EXPECT_EQ(plan->arena_bytes, 3 * 10 * 8 * sizeof(float));
}

TEST(Graph, LastRowAndColumnsAreViews) {
  WeightStore store(Isa::kScalar);
  const std::vector<float> identity = {1, 0, 0, 1};
  const PackedMatrix w = pack(store, 2, 2, identity);
  Graph g(store.cap());
  const Dim rows = g.extent("rows", 4);
  g.begin_stage("run");
  const Tensor x = g.input("x", rows, 6);
  const Tensor y = g.linear(g.last_row(g.columns(x, 3, 2)), w);
  g.output(y);
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const auto executor = Executor::create(*plan, 1);
  ASSERT_TRUE(executor);
  for (std::size_t m = 1; m <= 4; ++m) {
    (*executor)->set(rows, m);
    const std::span<float> in = (*executor)->f32(x);
    std::iota(in.begin(), in.end(), 0.0F);
    (*executor)->run(0);
    const std::span<const float> out = (*executor)->f32(y);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0], static_cast<float>((m - 1) * 6 + 3));
    EXPECT_EQ(out[1], static_cast<float>((m - 1) * 6 + 4));
  }
}

TEST(Graph, WhatDoesNotFitIsAnErrorThatNamesTheOp) {
  const auto failure = [](auto build) {
    WeightStore store(Isa::kScalar);
    const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
    Graph g(store.cap());
    g.begin_stage("run");
    g.scope("layer 3");
    const Tensor x = g.input("x", g.extent("rows", 10), 8);
    build(g, x, w);
    const Result<Plan> plan = std::move(g).finish();
    EXPECT_FALSE(plan);
    return plan ? std::string() : plan.error().message;
  };
  const auto contains = [](const std::string& text, const char* part) {
    return text.find("layer 3") != std::string::npos && text.find(part) != std::string::npos;
  };
  EXPECT_PRED2(contains, failure([](Graph& g, Tensor x, const PackedMatrix& w) {
                 g.linear(g.columns(x, 0, 4), w);
               }),
               "linear");
  EXPECT_PRED2(contains, failure([](Graph& g, Tensor x, const PackedMatrix& w) {
                 g.linear(x, w, {.residual = g.columns(x, 0, 7)});
               }),
               "linear");
  EXPECT_PRED2(contains, failure([](Graph& g, Tensor x, const PackedMatrix&) {
                 g.attention(x, x, x, {.heads = 3, .kv_heads = 3});
               }),
               "attention");
  EXPECT_PRED2(contains,
               failure([](Graph& g, Tensor x, const PackedMatrix&) { g.columns(x, 5, 4); }),
               "columns");
  EXPECT_PRED2(contains,
               failure([](Graph& g, Tensor x, const PackedMatrix& w) { g.embedding(x, w); }),
               "embedding");
  EXPECT_PRED2(contains,
               failure([](Graph& g, Tensor x, const PackedMatrix&) { g.rope(x, {.heads = 2}); }),
               "rope");
}

TEST(Graph, ATensorOfOneStageCannotBeReadInAnother) {
  WeightStore store(Isa::kScalar);
  const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
  Graph g(store.cap());
  g.begin_stage("first");
  const Tensor x = g.linear(g.input("x", g.extent("rows", 10), 8), w);
  g.begin_stage("second");
  g.output(g.linear(x, w));
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("two stages"), std::string::npos) << plan.error().message;
}

TEST(Graph, DescriptionNamesNodesKernelsAndDrawsTheArena) {
  WeightStore store(Isa::kScalar);
  const PackedMatrix w = pack(store, 8, 8, ramp(64, 0.1F));
  Graph g(store.cap());
  g.begin_stage("encode");
  g.scope("layer 0");
  const Tensor cache = g.state("cache", Dim{4}, 8);
  g.linear(g.gelu(g.linear(g.input("x", g.extent("rows", 4), 8), w)), w, {.into = cache});
  const Result<Plan> plan = std::move(g).finish();
  ASSERT_TRUE(plan) << plan.error().message;
  const std::string text = describe(*plan, 32);
  for (const char* part :
       {"encode", "layer 0", "linear", "gelu", "f32_ref", "rows<=4", "cache", "="}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

}  // namespace
}  // namespace sotto::graph
