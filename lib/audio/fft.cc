// The real transform of 400 points as a complex one of 200 (Press et al., Numerical Recipes, 12.3),
// that one by decimation in time as 8 x 5 x 5 (Cooley and Tukey, 1965). The steps are in place;
// rows stand at distances known to the compiler, which is how it can tell that they do not overlap
// and uses vectors.
#include "lib/audio/fft.h"

#include <cmath>
#include <numbers>

namespace sotto::audio {
namespace {

constexpr std::size_t kLanes = kFftLanes;
constexpr std::size_t kPoints = kFftSamples / 2;  // complex
constexpr std::size_t kComplex = 2 * kLanes;      // a row of real parts, then one of imaginary
constexpr double kTau = 2 * std::numbers::pi;

// exp(-2 pi i k p / (5 m)) for k in [0, m) and p in [1, 4].
std::vector<float> twiddles(std::size_t m) {
  std::vector<float> table;
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t p = 1; p < 5; ++p) {
      const double angle = kTau * static_cast<double>(k * p) / static_cast<double>(5 * m);
      table.push_back(static_cast<float>(std::cos(angle)));
      table.push_back(static_cast<float>(-std::sin(angle)));
    }
  }
  return table;
}

// Eight points z[n] = x[2n] + i x[2n + 1] for n = 25 p, p in [0, 7], from the first one on.
void radix8(const float* __restrict x, float* __restrict z) {
  constexpr std::size_t kIn = 25 * kComplex;
  constexpr auto kHalfRoot = static_cast<float>(std::numbers::sqrt2 / 2);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const float* re = x + lane;
    const float* im = re + kLanes;
    // Sums and differences of the points half the way around: a even, b odd.
    const float a0r = re[0] + re[4 * kIn], a0i = im[0] + im[4 * kIn];
    const float a1r = re[0] - re[4 * kIn], a1i = im[0] - im[4 * kIn];
    const float a2r = re[2 * kIn] + re[6 * kIn], a2i = im[2 * kIn] + im[6 * kIn];
    const float a3r = re[2 * kIn] - re[6 * kIn], a3i = im[2 * kIn] - im[6 * kIn];
    const float b0r = re[kIn] + re[5 * kIn], b0i = im[kIn] + im[5 * kIn];
    const float b1r = re[kIn] - re[5 * kIn], b1i = im[kIn] - im[5 * kIn];
    const float b2r = re[3 * kIn] + re[7 * kIn], b2i = im[3 * kIn] + im[7 * kIn];
    const float b3r = re[3 * kIn] - re[7 * kIn], b3i = im[3 * kIn] - im[7 * kIn];
    // The two transforms of four points.
    const float e0r = a0r + a2r, e0i = a0i + a2i;
    const float e2r = a0r - a2r, e2i = a0i - a2i;
    const float e1r = a1r + a3i, e1i = a1i - a3r;
    const float e3r = a1r - a3i, e3i = a1i + a3r;
    const float o0r = b0r + b2r, o0i = b0i + b2i;
    const float o2r = b0i - b2i, o2i = b2r - b0r;  // times -i
    const float p1r = b1r + b3i, p1i = b1i - b3r;
    const float p3r = b1r - b3i, p3i = b1i + b3r;
    const float o1r = kHalfRoot * (p1r + p1i), o1i = kHalfRoot * (p1i - p1r);
    const float o3r = kHalfRoot * (p3i - p3r), o3i = -kHalfRoot * (p3r + p3i);
    float* out_re = z + lane;
    float* out_im = out_re + kLanes;
    out_re[0] = e0r + o0r;
    out_im[0] = e0i + o0i;
    out_re[kComplex] = e1r + o1r;
    out_im[kComplex] = e1i + o1i;
    out_re[2 * kComplex] = e2r + o2r;
    out_im[2 * kComplex] = e2i + o2i;
    out_re[3 * kComplex] = e3r + o3r;
    out_im[3 * kComplex] = e3i + o3i;
    out_re[4 * kComplex] = e0r - o0r;
    out_im[4 * kComplex] = e0i - o0i;
    out_re[5 * kComplex] = e1r - o1r;
    out_im[5 * kComplex] = e1i - o1i;
    out_re[6 * kComplex] = e2r - o2r;
    out_im[6 * kComplex] = e2i - o2i;
    out_re[7 * kComplex] = e3r - o3r;
    out_im[7 * kComplex] = e3i - o3i;
  }
}

// Five transforms of M points, one after the other in z, to one of 5 M.
template <std::size_t M>
void radix5(float* z, const float* twiddle) {
  constexpr std::size_t kStep = M * kComplex;
  const auto c1 = static_cast<float>(std::cos(kTau / 5));
  const auto c2 = static_cast<float>(std::cos(2 * kTau / 5));
  const auto s1 = static_cast<float>(std::sin(kTau / 5));
  const auto s2 = static_cast<float>(std::sin(2 * kTau / 5));
  for (std::size_t k = 0; k < M; ++k, z += kComplex, twiddle += 8) {
    const float w1r = twiddle[0], w1i = twiddle[1], w2r = twiddle[2], w2i = twiddle[3];
    const float w3r = twiddle[4], w3i = twiddle[5], w4r = twiddle[6], w4i = twiddle[7];
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      float* re = z + lane;
      float* im = re + kLanes;
      const float x1r = re[kStep] * w1r - im[kStep] * w1i;
      const float x1i = re[kStep] * w1i + im[kStep] * w1r;
      const float x2r = re[2 * kStep] * w2r - im[2 * kStep] * w2i;
      const float x2i = re[2 * kStep] * w2i + im[2 * kStep] * w2r;
      const float x3r = re[3 * kStep] * w3r - im[3 * kStep] * w3i;
      const float x3i = re[3 * kStep] * w3i + im[3 * kStep] * w3r;
      const float x4r = re[4 * kStep] * w4r - im[4 * kStep] * w4i;
      const float x4i = re[4 * kStep] * w4i + im[4 * kStep] * w4r;
      const float x0r = re[0], x0i = im[0];
      const float t1r = x1r + x4r, t1i = x1i + x4i, d1r = x1r - x4r, d1i = x1i - x4i;
      const float t2r = x2r + x3r, t2i = x2i + x3i, d2r = x2r - x3r, d2i = x2i - x3i;
      const float m1r = x0r + c1 * t1r + c2 * t2r, m1i = x0i + c1 * t1i + c2 * t2i;
      const float m2r = x0r + c2 * t1r + c1 * t2r, m2i = x0i + c2 * t1i + c1 * t2i;
      const float n1r = s1 * d1r + s2 * d2r, n1i = s1 * d1i + s2 * d2i;
      const float n2r = s2 * d1r - s1 * d2r, n2i = s2 * d1i - s1 * d2i;
      re[0] = x0r + t1r + t2r;
      im[0] = x0i + t1i + t2i;
      re[kStep] = m1r + n1i;
      im[kStep] = m1i - n1r;
      re[2 * kStep] = m2r + n2i;
      im[2 * kStep] = m2i - n2r;
      re[3 * kStep] = m2r - n2i;
      im[3 * kStep] = m2i + n2r;
      re[4 * kStep] = m1r - n1i;
      im[4 * kStep] = m1i + n1r;
    }
  }
}

// Points k and 200 - k of the real transform from the same two, `a` and `b`, of the complex one;
// w = exp(-2 pi i k / 400) as cos and sin. With E and O the transforms of the even and the odd
// samples: a = E + i O, b = conj(E) + i conj(O), X[k] = E + w O, X[200 - k] = conj(E - w O).
void split(const float* a, const float* b, float cosine, float sine, float* __restrict low,
           float* __restrict high) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const float ar = a[lane], ai = a[kLanes + lane], br = b[lane], bi = b[kLanes + lane];
    const float er = 0.5F * (ar + br), ei = 0.5F * (ai - bi);
    const float odd_r = 0.5F * (ai + bi), odd_i = 0.5F * (br - ar);
    const float tr = odd_r * cosine + odd_i * sine;
    const float ti = odd_i * cosine - odd_r * sine;
    const float lr = er + tr, li = ei + ti, hr = er - tr, hi = ei - ti;
    low[lane] = lr * lr + li * li;
    high[lane] = hr * hr + hi * hi;
  }
}

}  // namespace

PowerSpectrum::PowerSpectrum() : radix5_8_(twiddles(8)), radix5_40_(twiddles(40)) {
  for (std::size_t k = 0; k < kPoints / 2; ++k) {
    const double angle = kTau * static_cast<double>(k) / static_cast<double>(kFftSamples);
    real_split_.push_back(static_cast<float>(std::cos(angle)));
    real_split_.push_back(static_cast<float>(std::sin(angle)));
  }
}

void PowerSpectrum::operator()(std::span<const float> x, std::span<float> power) const noexcept {
  alignas(64) float z[kPoints * kComplex];
  for (std::size_t p = 0; p < 5; ++p) {
    float* points = z + 40 * p * kComplex;
    for (std::size_t q = 0; q < 5; ++q) {
      radix8(x.data() + (p + 5 * q) * kComplex, points + 8 * q * kComplex);
    }
    radix5<8>(points, radix5_8_.data());
  }
  radix5<40>(z, radix5_40_.data());
  for (std::size_t k = 0; k < kPoints / 2; ++k) {
    split(z + k * kComplex, z + (kPoints - k) % kPoints * kComplex, real_split_[2 * k],
          real_split_[2 * k + 1], power.data() + k * kLanes, power.data() + (kPoints - k) * kLanes);
  }
  const float* middle = z + kPoints / 2 * kComplex;  // its own partner, with w = -i
  float* out = power.data() + kPoints / 2 * kLanes;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const float re = middle[lane], im = middle[kLanes + lane];
    out[lane] = re * re + im * im;
  }
}

}  // namespace sotto::audio
