#include "kernels/conv1d/conv1d.h"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cstring>

#include "tests/support/guarded.h"
#include "tests/support/packed.h"
#include "tests/support/variants.h"

namespace sotto::kernels::conv1d {
namespace {

using gemm::Activation;
using test::Guarded;
using test::Packed;

struct Case {
  std::size_t t_in, c_in, c_out, taps, stride, pad;
};

class Problem {
 public:
  Problem(const Case& c, std::size_t panel)
      : case_(c),
        panel_(panel),
        x_(c.t_in * c.c_in),
        bias_(c.c_out),
        w_(c.c_out, c.taps * c.c_in, panel, 1) {
    fill(x_, -1.0F, 1.0F, 2);
    fill(bias_, -1.0F, 1.0F, 3);
  }
  std::size_t frames() const { return frames_out(case_.t_in, case_.taps, case_.stride, case_.pad); }
  std::size_t y_size() const { return frames() * case_.c_out; }
  const Guarded<float>& x() const { return x_; }
  const Packed& w() const { return w_; }
  Args args(Guarded<float>& y, bool epilogue) const {
    const Case& c = case_;
    return {x_.data(), w_.data(), epilogue ? bias_.data() : nullptr,
            y.data(),  c.t_in,    c.c_in,
            c.c_out,   c.taps,    c.stride,
            c.pad,     panel_,    epilogue ? Activation::kGelu : Activation::kNone};
  }

 private:
  Case case_;
  std::size_t panel_;
  Guarded<float> x_, bias_;
  Packed w_;
};

class Conv1d : public test::KernelTest<Kernel> {
 protected:
  void expect_reference(const Case& c) {
    SCOPED_TRACE(testing::Message() << "t_in=" << c.t_in << " c_in=" << c.c_in << " taps=" << c.taps
                                    << " stride=" << c.stride << " pad=" << c.pad);
    const Problem problem(c, GetParam().panel);
    Guarded<float> want(problem.y_size()), got(problem.y_size());
    const float tolerance = test::product_tolerance(c.taps * c.c_in);
    for (const bool epilogue : {false, true}) {
      const Args w = problem.args(want, epilogue), g = problem.args(got, epilogue);
      f32_ref(w, {0, work_items(w)});
      GetParam().fn(g, {0, work_items(g)});
      for (std::size_t i = 0; i < want.size(); ++i) {
        ASSERT_NEAR(got[i], want[i], tolerance) << "at " << i;
      }
    }
  }
};

TEST_P(Conv1d, MatchesReferenceForEveryTapsStrideAndPadding) {
  for (std::size_t taps = 1; taps <= 7; ++taps) {
    for (std::size_t stride = 1; stride <= 4; ++stride) {
      for (std::size_t pad = 0; pad < taps; ++pad) expect_reference({40, 3, 11, taps, stride, pad});
    }
  }
}

TEST_P(Conv1d, MatchesReferenceForEveryLengthOfInput) {
  for (std::size_t t_in = 1; t_in <= 12; ++t_in) {
    expect_reference({t_in, 5, 9, 3, 1, 1});
    expect_reference({t_in, 5, 9, 3, 2, 1});
    expect_reference({t_in, 2, 9, 12, 5, 11});  // windows wider than the input
    if (t_in >= 7) expect_reference({t_in, 5, 9, 7, 3, 0});
  }
}

TEST_P(Conv1d, MatchesReferenceForTheStemsOfTheModels) {
  expect_reference({170, 80, 37, 3, 1, 1});
  expect_reference({170, 37, 37, 3, 2, 1});
  expect_reference({64 * 90 + 127, 1, 37, 127, 64, 0});
  expect_reference({90, 2048, 5, 4, 1, 3});  // the widest window that may be padded
}

TEST_P(Conv1d, AnySplitOfTheItemsGivesTheSameBits) {
  const Problem problem({400, 6, 2 * GetParam().panel + 3, 5, 1, 2}, GetParam().panel);
  Guarded<float> whole(problem.y_size()), split(problem.y_size());
  const Args a = problem.args(whole, true), b = problem.args(split, true);
  const std::size_t items = work_items(a);
  ASSERT_EQ(items, 5U);
  GetParam().fn(a, {0, items});
  GetParam().fn(b, {3, items});
  for (std::size_t i = 3; i-- > 0;) GetParam().fn(b, {i, i + 1});
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(float)), 0);
}

SOTTO_TEST_EACH_VARIANT(Conv1d, variants());

TEST(Conv1dReference, IsTheProductWithTheWindowsOfThePaddedInput) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  constexpr Eigen::Index kIn = 90, kChannels = 4, kOut = 7, kTaps = 5, kStride = 3, kPad = 2;
  const Problem problem({kIn, kChannels, kOut, kTaps, kStride, kPad}, 8);
  Guarded<float> y(problem.y_size());
  const Args a = problem.args(y, false);
  f32_ref(a, {0, work_items(a)});

  Matrix padded = Matrix::Zero(kIn + 2 * kPad, kChannels);
  padded.middleRows(kPad, kIn) = Eigen::Map<const Matrix>(problem.x().data(), kIn, kChannels);
  const Eigen::Map<const Matrix> w(problem.w().matrix().data(), kOut, kTaps * kChannels);
  ASSERT_EQ(problem.frames(), 30U);
  for (Eigen::Index t = 0; t < 30; ++t) {
    const Eigen::Map<const Eigen::VectorXf> window(padded.data() + t * kStride * kChannels,
                                                   kTaps * kChannels);
    const Eigen::VectorXd want = w.cast<double>() * window.cast<double>();
    for (Eigen::Index o = 0; o < kOut; ++o) {
      // One rounding to float of a sum below 20.
      EXPECT_NEAR(static_cast<double>(y[static_cast<std::size_t>(t * kOut + o)]), want[o], 2e-6);
    }
  }
}

TEST(Conv1dTable, HasThePanelsOfGemmAndEndsWithTheReference) {
  ASSERT_EQ(variants().size(), gemm::variants().size());
  for (std::size_t i = 0; i < variants().size(); ++i) {
    EXPECT_EQ(variants()[i].isa, gemm::variants()[i].isa);
    EXPECT_EQ(variants()[i].panel, gemm::variants()[i].panel);
  }
  EXPECT_EQ(variants().back().fn, &f32_ref);
}

}  // namespace
}  // namespace sotto::kernels::conv1d
