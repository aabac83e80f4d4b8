// Products with quantised weights: matrices of Q8_0 and Q4_0 blocks, and what must come out of
// them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/gemm_q4/gemm_q4.h"
#include "kernels/gemm_q8/gemm_q8.h"
#include "kernels/half.h"
#include "kernels/quantize_q8/quantize_q8.h"
#include "tests/support/guarded.h"

namespace sotto::test {

using kernels::gemm_q8::Activation;
using kernels::gemm_q8::Args;
using kernels::gemm_q8::Block;
using kernels::gemm_q8::kTerms;
using kernels::gemm_q8::Layout;

// A type of weights as a file has it.
struct Q8 {
  static constexpr std::size_t kBytes = 34;
  static constexpr auto kPack = kernels::gemm_q8::pack;
  static constexpr auto kPackedSize = kernels::gemm_q8::packed_size;
  static int value(const std::uint8_t* values, std::size_t p) {
    return static_cast<std::int8_t>(values[p]);
  }
};
struct Q4 {
  static constexpr std::size_t kBytes = 18;
  static constexpr auto kPack = kernels::gemm_q4::pack;
  static constexpr auto kPackedSize = kernels::gemm_q4::packed_size;
  static int value(const std::uint8_t* values, std::size_t p) {
    return (p < 16 ? values[p] & 15 : values[p - 16] >> 4) - 8;
  }
};

// A matrix [n, k] of blocks: random bytes, and scales that keep its weights in [-1, 1].
template <typename Type>
class Quantised {
 public:
  Quantised(std::size_t n, std::size_t k, std::uint32_t seed)
      : n_(n), k_(k), raw_(n * (k / kTerms) * Type::kBytes) {
    std::mt19937 rng{seed};
    for (std::uint8_t& byte : raw_) byte = static_cast<std::uint8_t>(rng());
    std::uniform_real_distribution<float> scale(-1.0F / 128.0F, 1.0F / 128.0F);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t b = 0; b < k / kTerms; ++b) set_scale(j, b, scale(rng));
    }
  }
  // Rounded to 16 bits.
  void set_scale(std::size_t j, std::size_t b, float scale) {
    kernels::F16 half;
    kernels::narrow(scale, half);
    std::memcpy(block(j, b), &half, sizeof half);
  }
  void set_bytes(std::size_t j, std::size_t b, std::uint8_t byte) {
    std::memset(block(j, b) + 2, byte, Type::kBytes - 2);
  }
  float scale(std::size_t j, std::size_t b) const {
    kernels::F16 half;
    std::memcpy(&half, block(j, b), sizeof half);
    return kernels::widen(half);
  }
  int value(std::size_t j, std::size_t p) const {
    return Type::value(block(j, p / kTerms) + 2, p % kTerms);
  }
  const std::uint8_t* row(std::size_t j) const { return block(j, 0); }
  std::size_t n() const { return n_; }
  std::size_t k() const { return k_; }

 private:
  const std::uint8_t* block(std::size_t j, std::size_t b) const {
    return raw_.data() + (j * (k_ / kTerms) + b) * Type::kBytes;
  }
  std::uint8_t* block(std::size_t j, std::size_t b) {
    return raw_.data() + (j * (k_ / kTerms) + b) * Type::kBytes;
  }
  std::size_t n_, k_;
  std::vector<std::uint8_t> raw_;
};

// The same, packed: 64-byte aligned, followed by poison.
template <typename Type>
class QuantisedPanels {
 public:
  QuantisedPanels(const Quantised<Type>& w, Layout layout)
      : bytes_(size(w, layout), (64 - size(w, layout) % 64) % 64) {
    Type::kPack(w.row(0), 0, w.n(), w.n(), w.k(), layout, bytes_.data());
  }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  static std::size_t size(const Quantised<Type>& w, Layout layout) {
    return Type::kPackedSize(w.n(), w.k(), layout);
  }
  Guarded<std::uint8_t> bytes_;
};

enum class Residual { kNone, kSeparate, kInPlace };

struct ProductCase {
  std::size_t m, n, k;
  std::size_t gap = 0;  // between rows of x, of y and of the residual
  bool bias = true;
  Residual residual = Residual::kNone;
  Activation activation = Activation::kNone;
  float scale = 1.0F;
};

// A product's buffers. Rows of x and y end where their last element does, so that the page after
// them guards it.
template <typename Type>
class QuantisedProblem {
 public:
  QuantisedProblem(const ProductCase& c, Layout layout)
      : QuantisedProblem(c, layout, Quantised<Type>(c.n, c.k, 2)) {}
  QuantisedProblem(const ProductCase& c, Layout layout, const Quantised<Type>& w)
      : case_(c),
        layout_(layout),
        ldx_(c.k / kTerms + c.gap),
        ldy_(c.n + c.gap),
        w_(w),
        panels_(w, layout),
        x_((c.m - 1) * ldx_ + c.k / kTerms),
        bias_(c.n),
        residual_((c.m - 1) * ldy_ + c.n) {
    Guarded<float> x(c.m * c.k);
    fill(x, -1.0F, 1.0F, 1);
    quantize(x);
    fill(bias_, -1.0F, 1.0F, 3);
    fill(residual_, -1.0F, 1.0F, 4);
  }
  // Replaces the activations by those of `x` [m, k].
  template <typename Buffer>
  void quantize(const Buffer& x) {
    const kernels::quantize_q8::Args q{x.data(), case_.k, x_.data(), ldx_, case_.m, case_.k};
    kernels::quantize_q8::f32_ref(q, {0, kernels::quantize_q8::work_items(q)});
  }

  std::size_t y_size() const { return residual_.size(); }
  std::size_t ldy() const { return ldy_; }

  // Arguments that write to y, which becomes the residual first if that is in place.
  Args args(Guarded<float>& y) const {
    const bool in_place = case_.residual == Residual::kInPlace;
    if (in_place) std::memcpy(y.data(), residual_.data(), y.size() * sizeof(float));
    Args a{};
    a.x = x_.data();
    a.ldx = ldx_;
    a.w = panels_.data();
    a.bias = case_.bias ? bias_.data() : nullptr;
    a.residual = in_place                                ? y.data()
                 : case_.residual == Residual::kSeparate ? residual_.data()
                                                         : nullptr;
    a.ldr = ldy_;
    a.y = y.data();
    a.ldy = ldy_;
    a.m = case_.m;
    a.n = case_.n;
    a.k = case_.k;
    a.layout = layout_;
    a.scale = case_.scale;
    a.activation = case_.activation;
    return a;
  }

  // Expects of y[i, j] the bits that gemm_q8.h promises; of the reference, and after a GELU, the
  // number within its roundings.
  void expect(float y, std::size_t i, std::size_t j, bool same_bits) const {
    float chain = 0.0F;
    double sum = 0.0, size = 0.0;
    for (std::size_t b = 0; b < case_.k / kTerms; ++b) {
      const Block& x = x_[i * ldx_ + b];
      int inner = 0;
      for (std::size_t p = 0; p < kTerms; ++p) inner += x.q[p] * w_.value(j, b * kTerms + p);
      chain = std::fma(static_cast<float>(inner), x.scale * w_.scale(j, b), chain);
      const double term =
          inner * (static_cast<double>(x.scale) * static_cast<double>(w_.scale(j, b)));
      sum += term;
      size += std::abs(term);
    }
    const float bias = case_.bias ? bias_[j] : 0.0F;
    const bool has_residual = case_.residual != Residual::kNone;
    const float residual = has_residual ? residual_[i * ldy_ + j] : 0.0F;
    if (same_bits && case_.activation == Activation::kNone) {
      float want = std::fma(chain, case_.scale, bias);
      if (has_residual) want += residual;
      ASSERT_EQ(std::memcmp(&y, &want, sizeof want), 0)
          << "at " << i << ", " << j << ": " << y << ", expected " << want;
      return;
    }
    double want = static_cast<double>(case_.scale) * sum + static_cast<double>(bias);
    if (case_.activation == Activation::kGelu) {
      want *= (1.0 + std::erf(want / std::sqrt(2.0))) / 2.0;
    }
    want += static_cast<double>(residual);
    // Two roundings a block and four of the epilogue, each of at most what the sizes add up to; a
    // GELU multiplies by up to 1.13 and adds 2e-7 (gemm_form.h).
    const double most = std::abs(static_cast<double>(case_.scale)) * size + 2.0;
    const double blocks = static_cast<double>(case_.k / kTerms);
    constexpr double kEpsilon = static_cast<double>(std::numeric_limits<float>::epsilon());
    ASSERT_NEAR(static_cast<double>(y), want, (blocks + 4.0) * kEpsilon * most) << i << ", " << j;
  }

 private:
  ProductCase case_;
  Layout layout_;
  std::size_t ldx_, ldy_;
  Quantised<Type> w_;
  QuantisedPanels<Type> panels_;
  Guarded<Block> x_;
  Guarded<float> bias_, residual_;
};

}  // namespace sotto::test
