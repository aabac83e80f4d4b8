// What the tests of gemm and gemv with 16-bit weights share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/gemm/gemm.h"
#include "tests/support/guarded.h"
#include "tests/support/packed.h"
#include "tests/support/variants.h"

namespace sotto::test {

// Weight is F16 or Bf16. A fixture derives from it with its op's reference and work_items.
template <typename Weight>
class HalfProductTest : public KernelTest<kernels::gemm::KernelOf<Weight>> {
 protected:
  using Args = kernels::gemm::ArgsOf<Weight>;
  using Items = std::size_t (*)(const Args&) noexcept;

  struct Case {
    std::size_t m, n, k;
    std::size_t ldx = 0;  // 0: k
    bool epilogue = false;
  };

  HalfProductTest(kernels::gemm::FnOf<Weight> reference, Items items)
      : reference_(reference), items_(items) {}

  std::size_t panel() const { return this->GetParam().panel; }

  // A variant that rounds x is held to the reference of the rounded x, as nearly as the others to
  // that of x, and gives the same bits for both. One that splits f16 (gemm_f16.h) adds three times
  // as many terms and may be off by what it leaves out, which GELU multiplies by up to 1.13.
  void expect_reference(const Case& c) {
    SCOPED_TRACE(testing::Message() << "m=" << c.m << " n=" << c.n << " k=" << c.k);
    constexpr bool kBf16 = std::is_same_v<Weight, kernels::Bf16>;
    const kernels::Isa isa = this->GetParam().isa;
    const bool rounds = kBf16 && (isa == kernels::Isa::kAvx512Bf16 || isa == kernels::Isa::kAmx);
    const bool splits = !kBf16 && isa == kernels::Isa::kAmx;
    const std::size_t ldx = c.ldx == 0 ? c.k : c.ldx, ldy = c.n + 2;
    Guarded<float> x((c.m - 1) * ldx + c.k), bias(c.n);
    Guarded<float> want((c.m - 1) * ldy + c.n), got(want.size());
    const PackedOf<Weight> w(c.n, c.k, panel(), 1);
    fill(x, -1.0F, 1.0F, 2);
    fill(bias, -1.0F, 1.0F, 3);
    fill(want, -1.0F, 1.0F, 4);
    std::memcpy(got.data(), want.data(), want.size() * sizeof(float));
    Args a{x.data(), ldx, w.data(), nullptr, nullptr, 0,    got.data(),
           ldy,      c.m, c.n,      c.k,     panel(), 1.0F, kernels::gemm::Activation::kNone};
    if (c.epilogue) {
      a.bias = bias.data();
      a.residual = got.data();
      a.ldr = ldy;
      a.scale = 0.5F;
      a.activation = kernels::gemm::Activation::kGelu;
    }
    this->GetParam().fn(a, {0, items_(a)});
    if (rounds) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        kernels::Bf16 rounded;
        kernels::narrow(x[i], rounded);
        x[i] = kernels::widen(rounded);
      }
    }
    a.y = want.data();
    if (c.epilogue) a.residual = want.data();
    reference_(a, {0, items_(a)});
    for (std::size_t i = 0; i < want.size(); ++i) {
      float tolerance = 0.0F;
      if (i % ldy < c.n) {
        tolerance = product_tolerance(splits ? 3 * c.k : c.k);
        if (splits) tolerance += 1.13F * left_out(x.data() + i / ldy * ldx, w, i % ldy, c.k);
      }
      ASSERT_NEAR(got[i], want[i], tolerance) << "at " << i;
    }
  }

  // The items one by one and last first, and a few rows at a time.
  void expect_same_bits_for_any_split(std::size_t rows, std::size_t n, std::size_t k) {
    Guarded<float> x(rows * k), bias(n), whole(rows * n), parts(rows * n);
    const PackedOf<Weight> w(n, k, panel(), 1);
    fill(x, -1.0F, 1.0F, 2);
    fill(bias, -1.0F, 1.0F, 3);
    Args a{x.data(), k,    w.data(), bias.data(), nullptr, 0,    whole.data(),
           n,        rows, n,        k,           panel(), 1.0F, kernels::gemm::Activation::kGelu};
    this->GetParam().fn(a, {0, items_(a)});
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, rows}) {
      fill(parts, 0.0F, 1.0F, 5);
      for (std::size_t r = 0; r < rows; r += step) {
        a.x = x.data() + r * k;
        a.y = parts.data() + r * n;
        a.m = std::min(step, rows - r);
        for (std::size_t item = items_(a); item-- > 0;) this->GetParam().fn(a, {item, item + 1});
      }
      EXPECT_EQ(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(float)), 0) << step;
    }
  }

 private:
  static float left_out(const float* x, const PackedOf<Weight>& w, std::size_t j, std::size_t k) {
    float size = 0.0F;
    for (std::size_t p = 0; p < k; ++p) {
      size += std::abs(x[p] * kernels::widen(w.matrix()[j * k + p]));
    }
    return 0x1.8p-15F * size;
  }

  kernels::gemm::FnOf<Weight> reference_;
  Items items_;
};

// The same product by the entry of `others` with the same instruction set: the same bits.
template <typename Weight, typename Items, typename Others>
void expect_same_bits(const kernels::gemm::KernelOf<Weight>& kernel, Items items,
                      const Others& others, Items other_items) {
  constexpr std::size_t kRows = 4, kK = 131;
  const std::size_t n = 3 * kernel.panel + 5;
  Guarded<float> x(kRows * kK), here(kRows * n), there(kRows * n);
  const PackedOf<Weight> w(n, kK, kernel.panel, 1);
  fill(x, -1.0F, 1.0F, 2);
  kernels::gemm::ArgsOf<Weight> a{
      x.data(), kK,    w.data(), nullptr, nullptr,      0,    nullptr,
      n,        kRows, n,        kK,      kernel.panel, 0.3F, kernels::gemm::Activation::kGelu};
  a.y = here.data();
  kernel.fn(a, {0, items(a)});
  a.y = there.data();
  for (const auto& other : others) {
    if (other.isa == kernel.isa) other.fn(a, {0, other_items(a)});
  }
  EXPECT_EQ(std::memcmp(here.data(), there.data(), here.size() * sizeof(float)), 0);
}

}  // namespace sotto::test
