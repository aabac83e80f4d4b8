// What is true of every product with quantised weights, as checks of one variant. Op names its
// parts: Type (Q8 or Q4), Kernel, work_items().
#pragma once

#include "tests/support/quantised.h"
#include "tests/support/variants.h"

namespace sotto::test {

template <typename Op>
void run_product(const typename Op::Kernel& kernel, const Args& a) {
  kernel.fn(a, {0, Op::work_items(a)});
}

template <typename Op>
void expect_product(const typename Op::Kernel& kernel, const ProductCase& c,
                    const QuantisedProblem<typename Op::Type>& problem) {
  SCOPED_TRACE(testing::Message() << "m=" << c.m << " n=" << c.n << " k=" << c.k);
  Guarded<float> got(problem.y_size());
  const Args a = problem.args(got);
  const std::vector<float> before(got.data(), got.data() + got.size());
  run_product<Op>(kernel, a);
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (i % problem.ldy() < c.n) {
      problem.expect(got[i], i / problem.ldy(), i % problem.ldy(),
                     kernel.isa != kernels::Isa::kScalar);
      if (testing::Test::HasFatalFailure()) return;
    } else {
      ASSERT_EQ(std::memcmp(&got[i], &before[i], sizeof(float)), 0) << "wrote between rows " << i;
    }
  }
}

template <typename Op>
void expect_product(const typename Op::Kernel& kernel, const ProductCase& c) {
  expect_product<Op>(kernel, c, QuantisedProblem<typename Op::Type>(c, kernel.layout));
}

template <typename Op>
void expect_every_number_of_rows(const typename Op::Kernel& kernel, std::size_t rows) {
  const std::size_t n = kernel.layout.panel + 3;
  for (std::size_t m = 1; m <= rows; ++m) expect_product<Op>(kernel, {.m = m, .n = n, .k = 64});
  for (const std::size_t m : {84U, 85U, 169U}) {
    expect_product<Op>(kernel, {.m = m, .n = n, .k = 32});
  }
}

template <typename Op>
void expect_every_number_of_columns(const typename Op::Kernel& kernel) {
  const std::size_t panel = kernel.layout.panel;
  for (std::size_t n = 1; n <= 70; ++n) {
    expect_product<Op>(kernel, {.m = 5, .n = n, .k = 32, .residual = Residual::kSeparate});
  }
  for (const std::size_t n : {4 * panel, 4 * panel + 1, 8 * panel + panel / 2}) {
    expect_product<Op>(kernel, {.m = 5, .n = n, .k = 32});
    expect_product<Op>(kernel, {.m = 19, .n = n, .k = 32});
  }
}

// Rows enough for what a variant does only for many.
template <typename Op>
void expect_every_number_of_blocks(const typename Op::Kernel& kernel) {
  const std::size_t n = kernel.layout.panel + 5;
  for (std::size_t b = 1; b <= 13; ++b) {
    expect_product<Op>(kernel, {.m = 17, .n = n, .k = b * kTerms});
  }
  for (const std::size_t k : {384U, 2048U}) expect_product<Op>(kernel, {.m = 17, .n = n, .k = k});
}

template <typename Op>
void expect_every_epilogue(const typename Op::Kernel& kernel) {
  for (const bool bias : {false, true}) {
    for (const Residual residual : {Residual::kNone, Residual::kSeparate, Residual::kInPlace}) {
      for (const Activation activation : {Activation::kNone, Activation::kGelu}) {
        for (const float scale : {1.0F, 0.125F}) {
          expect_product<Op>(kernel, {.m = 19,
                                      .n = 2 * kernel.layout.panel + 3,
                                      .k = 96,
                                      .gap = 5,
                                      .bias = bias,
                                      .residual = residual,
                                      .activation = activation,
                                      .scale = scale});
        }
      }
    }
  }
}

// The largest inner sums there are, of either sign: all weights of a column have the same byte and
// all of x the same sign.
template <typename Op>
void expect_extreme_values(const typename Op::Kernel& kernel) {
  using Type = typename Op::Type;
  const ProductCase c{.m = 19, .n = kernel.layout.panel * 2, .k = 64, .bias = false};
  Quantised<Type> w(c.n, c.k, 5);
  constexpr std::uint8_t kBytes[] = {0x80, 0x7F, 0x81, 0x00, 0xFF, 0x08, 0xF0, 0x88};
  for (std::size_t j = 0; j < c.n; ++j) {
    for (std::size_t b = 0; b < c.k / kTerms; ++b) w.set_bytes(j, b, kBytes[(j + b) % 8]);
  }
  QuantisedProblem<Type> problem(c, kernel.layout, w);
  std::vector<float> x(c.m * c.k);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i / c.k % 2 == 0 ? 1.0F : -1.0F;
  problem.quantize(x);
  expect_product<Op>(kernel, c, problem);
}

// Zero, negative zero, the smallest and the largest f16, and subnormal ones; blocks of x that are
// zero, tiny and huge.
template <typename Op>
void expect_extreme_scales(const typename Op::Kernel& kernel) {
  using Type = typename Op::Type;
  const ProductCase c{.m = 19, .n = kernel.layout.panel * 2, .k = 96, .bias = false};
  Quantised<Type> w(c.n, c.k, 6);
  constexpr float kScales[] = {0.0F,    -0.0F,    0x1p-24F, -0x1p-24F,  0x3p-20F,
                               65504.F, -65504.F, 0x1p-14F, 0x3FFp-24F, 1.0F};
  for (std::size_t j = 0; j < c.n; ++j) {
    for (std::size_t b = 0; b < c.k / kTerms; ++b) w.set_scale(j, b, kScales[(j + 3 * b) % 10]);
  }
  QuantisedProblem<Type> problem(c, kernel.layout, w);
  std::vector<float> x(c.m * c.k);
  fill(x, -1.0F, 1.0F, 7);
  constexpr float kSizes[] = {1.0F, 0.0F, 1e-20F, 1e25F, 1.0F};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= kSizes[i / kTerms % 5];
  problem.quantize(x);
  // Sums of 1e30 round by far more than the other terms: the reference is not compared.
  if (kernel.isa != kernels::Isa::kScalar) expect_product<Op>(kernel, c, problem);
}

// A row's bits depend on nothing but the row, and an output's on no other item.
template <typename Op>
void expect_the_same_bits_for_any_split(const typename Op::Kernel& kernel, std::size_t rows) {
  const ProductCase c{.m = rows,
                      .n = 8 * kernel.layout.panel + 5,
                      .k = 96,
                      .residual = Residual::kInPlace,
                      .activation = Activation::kGelu};
  const QuantisedProblem<typename Op::Type> problem(c, kernel.layout);
  Guarded<float> whole(problem.y_size()), split(problem.y_size()), single(problem.y_size());
  const Args a = problem.args(whole), b = problem.args(split);
  const std::size_t items = Op::work_items(a);
  ASSERT_GT(items, 3U);
  kernel.fn(a, {0, items});
  kernel.fn(b, {3, items});
  for (std::size_t i = 3; i-- > 0;) kernel.fn(b, {i, i + 1});
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
  for (std::size_t r = 0; r < rows; ++r) {
    Args row = r == 0 ? problem.args(single) : b;
    row.x = a.x + r * a.ldx;
    row.y = single.data() + r * a.ldy;
    row.residual = row.y;
    row.m = 1;
    run_product<Op>(kernel, row);
  }
  EXPECT_EQ(std::memcmp(whole.data(), single.data(), whole.size() * sizeof(float)), 0);
}

template <typename Op, typename Other>
void expect_the_bits_of(const typename Op::Kernel& kernel,
                        std::span<const typename Other::Kernel> others) {
  const ProductCase c{.m = 9,
                      .n = 3 * kernel.layout.panel + 5,
                      .k = 160,
                      .activation = Activation::kGelu,
                      .scale = 0.3F};
  const QuantisedProblem<typename Op::Type> problem(c, kernel.layout);
  Guarded<float> here(problem.y_size()), there(problem.y_size());
  run_product<Op>(kernel, problem.args(here));
  std::size_t met = 0;
  for (const auto& other : others) {
    if (other.isa != kernel.isa) continue;
    ++met;
    run_product<Other>(other, problem.args(there));
    EXPECT_EQ(std::memcmp(here.data(), there.data(), here.size() * sizeof(float)), 0);
  }
  EXPECT_EQ(met, 1U);
}

// Pieces packed in any order are the whole, and the columns past n are zero: a matrix with more
// rows that are zero packs to the same bytes, but for the bias of weights that have none.
template <typename Type>
void expect_pieces_to_pack_alike(Layout layout) {
  const Quantised<Type> w(21, 96, 8);
  const QuantisedPanels<Type> whole(w, layout);
  Guarded<std::uint8_t> pieces(whole.size());
  const auto piece = [&](std::size_t row, std::size_t rows) {
    Type::kPack(w.row(row), row, rows, w.n(), w.k(), layout, pieces.data());
  };
  piece(20, 1);
  piece(0, 3);
  piece(3, 17);
  ASSERT_EQ(std::memcmp(whole.data(), pieces.data(), pieces.size()), 0);
  const std::size_t block = layout.panel * Type::kBytes;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const std::size_t in_block = i % block, values = 2 * layout.panel;
    const std::size_t column =
        in_block < values ? in_block / 2 : (in_block - values) / layout.group % layout.panel;
    const std::size_t j = i / (block * 3) * layout.panel + column;
    if (j < w.n()) continue;
    ASSERT_EQ(whole.data()[i], 0) << "at " << i;
  }
}

}  // namespace sotto::test
