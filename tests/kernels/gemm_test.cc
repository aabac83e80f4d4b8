#include "kernels/gemm/gemm.h"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <cstring>
#include <vector>

#include "tests/support/guarded.h"
#include "tests/support/packed.h"
#include "tests/support/variants.h"

namespace sotto::kernels::gemm {
namespace {

using test::Guarded;
using test::Packed;

enum class Residual { kNone, kSeparate, kInPlace };

struct Case {
  std::size_t m, n, k;
  std::size_t ldx = 0;  // 0: k
  std::size_t gap = 0;  // between the rows of y and of the residual
  bool bias = true;
  Residual residual = Residual::kNone;
  Activation activation = Activation::kNone;
  float scale = 1.0F;
};

// Buffers of a product. Rows of x and y end where their last element does, so that the page after
// them guards it.
class Problem {
 public:
  Problem(const Case& c, std::size_t panel)
      : case_(c),
        ldx_(c.ldx == 0 ? c.k : c.ldx),
        ldy_(c.n + c.gap),
        x_((c.m - 1) * ldx_ + c.k),
        w_(c.n, c.k, panel, 2),
        bias_(c.n),
        residual_((c.m - 1) * ldy_ + c.n) {
    fill(x_, -1.0F, 1.0F, 1);
    fill(bias_, -1.0F, 1.0F, 3);
    fill(residual_, -1.0F, 1.0F, 4);
    panel_ = panel;
  }
  std::size_t y_size() const { return residual_.size(); }
  std::size_t ldy() const { return ldy_; }
  const Case& shape() const { return case_; }
  const Packed& w() const { return w_; }
  const Guarded<float>& x() const { return x_; }

  // Arguments that write to y, which becomes the residual first if that is in place.
  Args args(Guarded<float>& y) const {
    const bool in_place = case_.residual == Residual::kInPlace;
    if (in_place) std::memcpy(y.data(), residual_.data(), y.size() * sizeof(float));
    return {x_.data(),
            ldx_,
            w_.data(),
            case_.bias ? bias_.data() : nullptr,
            in_place                                ? y.data()
            : case_.residual == Residual::kSeparate ? residual_.data()
                                                    : nullptr,
            ldy_,
            y.data(),
            ldy_,
            case_.m,
            case_.n,
            case_.k,
            panel_,
            case_.scale,
            case_.activation};
  }

 private:
  Case case_;
  std::size_t ldx_, ldy_;
  Guarded<float> x_;
  Packed w_;
  Guarded<float> bias_, residual_;
  std::size_t panel_;
};

class Gemm : public test::KernelTest<Kernel> {
 protected:
  void expect_reference(const Case& c) {
    SCOPED_TRACE(testing::Message() << "m=" << c.m << " n=" << c.n << " k=" << c.k);
    const Problem problem(c, GetParam().panel);
    Guarded<float> want(problem.y_size()), got(problem.y_size());
    const Args w = problem.args(want), g = problem.args(got);
    f32_ref(w, {0, work_items(w)});
    GetParam().fn(g, {0, work_items(g)});
    const float tolerance = test::product_tolerance(c.k);
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (i % problem.ldy() < c.n) {
        ASSERT_NEAR(got[i], want[i], tolerance) << "at " << i;
      } else {
        ASSERT_EQ(std::memcmp(&got[i], &want[i], sizeof(float)), 0) << "wrote between rows " << i;
      }
    }
  }
  std::size_t panel() const { return GetParam().panel; }
};

TEST_P(Gemm, MatchesReferenceForEveryNumberOfRows) {
  for (std::size_t m = 1; m <= 30; ++m) expect_reference({.m = m, .n = panel() + 3, .k = 17});
  for (const std::size_t m : {84U, 85U, 169U}) {
    expect_reference({.m = m, .n = panel() + 3, .k = 17});
  }
}

TEST_P(Gemm, MatchesReferenceForEveryNumberOfColumns) {
  for (std::size_t n = 1; n <= 70; ++n) {
    expect_reference({.m = 7, .n = n, .k = 9, .residual = Residual::kSeparate});
  }
  for (const std::size_t n : {4 * panel(), 4 * panel() + 1, 8 * panel() + panel() / 2}) {
    expect_reference({.m = 7, .n = n, .k = 9});
  }
}

TEST_P(Gemm, MatchesReferenceForEveryLengthOfSum) {
  for (std::size_t k = 1; k <= 70; ++k) expect_reference({.m = 15, .n = panel() + 5, .k = k});
  for (const std::size_t k : {127U, 384U, 1024U, 2048U}) {
    expect_reference({.m = 15, .n = panel() + 5, .k = k});
  }
}

TEST_P(Gemm, MatchesReferenceForEveryEpilogue) {
  for (const bool bias : {false, true}) {
    for (const Residual residual : {Residual::kNone, Residual::kSeparate, Residual::kInPlace}) {
      for (const Activation activation : {Activation::kNone, Activation::kGelu}) {
        for (const float scale : {1.0F, 0.125F}) {
          expect_reference({.m = 17,
                            .n = 2 * panel() + 3,
                            .k = 24,
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

TEST_P(Gemm, MatchesReferenceForAnyRowStride) {
  for (const std::size_t ldx : {1U, 7U, 16U, 23U, 24U, 25U, 100U, 512U, 1024U}) {
    expect_reference({.m = 31, .n = panel(), .k = 24, .ldx = ldx});
  }
}

TEST_P(Gemm, AnySplitOfTheItemsGivesTheSameBits) {
  const Problem problem({.m = 169,
                         .n = 8 * panel() + 5,
                         .k = 37,
                         .residual = Residual::kInPlace,
                         .activation = Activation::kGelu},
                        panel());
  Guarded<float> whole(problem.y_size()), split(problem.y_size());
  const Args a = problem.args(whole), b = problem.args(split);
  const std::size_t items = work_items(a);
  ASSERT_EQ(items, 9U);
  GetParam().fn(a, {0, items});
  GetParam().fn(b, {5, items});
  for (std::size_t i = 5; i-- > 0;) GetParam().fn(b, {i, i + 1});
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
}

TEST_P(Gemm, ARowHasTheSameBitsInAnyTile) {
  const Problem problem({.m = 29, .n = panel() + 1, .k = 2048, .residual = Residual::kSeparate},
                        panel());
  Guarded<float> whole(problem.y_size()), rows(problem.y_size());
  const Args a = problem.args(whole);
  GetParam().fn(a, {0, work_items(a)});
  for (std::size_t r = 0; r < a.m; ++r) {
    Args row = problem.args(rows);
    row.x += r * row.ldx;
    row.residual += r * row.ldr;
    row.y += r * row.ldy;
    row.m = 1;
    GetParam().fn(row, {0, work_items(row)});
  }
  EXPECT_EQ(std::memcmp(whole.data(), rows.data(), whole.size() * sizeof(float)), 0);
}

TEST_P(Gemm, GeluIsExactToTwoTenMillionths) {
  // With one product by 1 the sum is x itself.
  constexpr std::size_t kRows = 24001;
  const std::vector<float> one{1.0F};
  Guarded<float> x(kRows), y(kRows), w(panel(), 64);
  for (std::size_t i = 0; i < kRows; ++i) x[i] = static_cast<float>(i) * 1e-3F - 12.0F;
  pack(one.data(), 0, 1, 1, 1, panel(), w.data());
  const Args a{x.data(), 1,     w.data(), nullptr, nullptr, 0,    y.data(),
               1,        kRows, 1,        1,       panel(), 1.0F, Activation::kGelu};
  GetParam().fn(a, {0, work_items(a)});
  for (std::size_t i = 0; i < kRows; ++i) {
    const double v = static_cast<double>(x[i]);
    const double want = v * (1.0 + std::erf(v / std::sqrt(2.0))) / 2.0;
    ASSERT_NEAR(static_cast<double>(y[i]), want, 2e-7 * std::max(1.0, std::abs(v))) << v;
  }
}

SOTTO_TEST_EACH_VARIANT(Gemm, variants());

TEST(GemmReference, IsTheMatrixProduct) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  for (const std::size_t panel : {1U, 8U, 32U}) {
    const Problem problem({.m = 90, .n = 45, .k = 33, .bias = false}, panel);
    Guarded<float> y(problem.y_size());
    const Args a = problem.args(y);
    f32_ref(a, {0, work_items(a)});
    const Eigen::Map<const Matrix> x(problem.x().data(), 90, 33);
    const Eigen::Map<const Matrix> w(problem.w().matrix().data(), 45, 33);
    const Eigen::Map<const Matrix> got(y.data(), 90, 45);
    const Eigen::MatrixXd want = x.cast<double>() * w.cast<double>().transpose();
    const double off = (got.cast<double>() - want).cwiseAbs().maxCoeff();
    // One rounding to float of a sum below 33.
    EXPECT_LE(off, 33.0 * static_cast<double>(std::numeric_limits<float>::epsilon()));
  }
}

template <typename Weight>
class GemmPack : public testing::Test {};
using Weights = testing::Types<float, F16, Bf16>;
TYPED_TEST_SUITE(GemmPack, Weights);

TYPED_TEST(GemmPack, PiecesInAnyOrderGiveTheWhole) {
  using Weight = TypeParam;
  constexpr std::size_t kN = 21, kK = 27, kPanel = 8;
  constexpr std::size_t kDeep = depth<Weight>(kK);
  std::vector<float> floats(kN * kK);
  test::fill(floats, -1.0F, 1.0F, 7);
  std::vector<Weight> w(kN * kK);
  for (std::size_t i = 0; i < w.size(); ++i) narrow(floats[i], w[i]);
  const std::size_t size = packed_size<Weight>(kN, kK, kPanel);
  ASSERT_EQ(size, 24 * kDeep);
  Guarded<Weight> whole(size), pieces(size);
  pack(w.data(), 0, kN, kN, kK, kPanel, whole.data());
  pack(w.data() + 20 * kK, 20, 1, kN, kK, kPanel, pieces.data());
  pack(w.data(), 0, 3, kN, kK, kPanel, pieces.data());
  pack(w.data() + 3 * kK, 3, 17, kN, kK, kPanel, pieces.data());
  EXPECT_EQ(std::memcmp(whole.data(), pieces.data(), size * sizeof(Weight)), 0);
  constexpr std::size_t kG = kGroup<Weight>;
  for (std::size_t j = 0; j < 24; ++j) {
    for (std::size_t p = 0; p < kDeep; ++p) {
      const Weight want = j < kN && p < kK ? w[j * kK + p] : Weight{};
      const std::size_t group = j / kPanel * (kDeep / kG) + p / kG;
      ASSERT_EQ(whole[(group * kPanel + j % kPanel) * kG + p % kG], want) << j << ' ' << p;
    }
  }
}

TEST(GemmTable, EndsWithTheReference) {
  EXPECT_EQ(variants().back().fn, &f32_ref);
  EXPECT_EQ(variants().back().isa, Isa::kScalar);
}

}  // namespace
}  // namespace sotto::kernels::gemm
