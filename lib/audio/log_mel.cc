#include "lib/audio/log_mel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace sotto::audio {
namespace {

constexpr std::size_t kLanes = kFftLanes;
// A frame begins in one hop and ends in the second after it.
constexpr std::size_t kHops = kLanes + 2;
constexpr float kLeastPower = 1e-10F;

// log10(max(x, 1e-10)): x = m 2^e with m in [sqrt(1/2), sqrt(2)), ln(m) = 2 artanh((m-1) / (m+1))
// whose series is cut after t^9, an error of 7e-10 at most. Plain arithmetic, so that the compiler
// can do it on vectors; 1 ulp of 10 from std::log10 at worst. Infinity and not-a-number give
// something finite.
float log10_at_least(float x) {
  constexpr std::uint32_t kRootHalfBits = 0x3F3504F3;
  constexpr auto kLog10Of2 = static_cast<float>(std::numbers::ln2 / std::numbers::ln10);
  constexpr auto kTwoLog10OfE = static_cast<float>(2 / std::numbers::ln10);
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t exponent = (bits - kRootHalfBits) & 0xFF800000;
  const float m = std::bit_cast<float>(bits - exponent);
  const auto e = static_cast<float>(static_cast<std::int32_t>(exponent) >> 23);
  const float t = (m - 1.0F) / (m + 1.0F);
  const float t2 = t * t;
  const float series =
      t * (1.0F + t2 * (1.0F / 3 + t2 * (1.0F / 5 + t2 * (1.0F / 7 + t2 * (1.0F / 9)))));
  const float log = e * kLog10Of2 + kTwoLog10OfE * series;
  return x <= kLeastPower ? kMelFloor : log;
}

}  // namespace

LogMel::LogMel(std::size_t bands)
    : filters_(bands),
      hann_(kFftSamples),
      hops_(kMelHop * kHops),
      x_(kFftSamples * kLanes),
      power_(kFftBins * kLanes),
      tile_(bands * kLanes) {
  for (std::size_t n = 0; n < kFftSamples; ++n) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(n) / kFftSamples;
    hann_[n] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
  }
}

void LogMel::operator()(std::span<const float> samples, std::size_t count,
                        std::span<float> out) noexcept {
  for (std::size_t first = 0; first < count; first += kLanes) {
    const std::size_t lanes = std::min(kLanes, count - first);
    window(samples.data() + first * kMelHop, lanes);
    spectrum_(x_, power_);
    mel(lanes, out.data() + first * bands());
  }
}

// x_ = the windowed frames, one a lane. They overlap: laying the hops out side by side first moves
// each sample once instead of two or three times. Lanes without a frame get what was there.
void LogMel::window(const float* samples, std::size_t lanes) noexcept {
  const std::size_t end = (lanes - 1) * kMelHop + kFftSamples;
  for (std::size_t hop = 0; hop < lanes + 2; ++hop) {
    const float* in = samples + hop * kMelHop;
    const std::size_t count = std::min(kMelHop, end - hop * kMelHop);
    for (std::size_t n = 0; n < count; ++n) hops_[n * kHops + hop] = in[n];
  }
  for (std::size_t n = 0; n < kFftSamples; ++n) {
    const float* __restrict in = hops_.data() + n % kMelHop * kHops + n / kMelHop;
    float* __restrict x = x_.data() + n * kLanes;
    const float factor = hann_[n];
    for (std::size_t lane = 0; lane < kLanes; ++lane) x[lane] = factor * in[lane];
  }
}

void LogMel::mel(std::size_t lanes, float* out) noexcept {
  for (std::size_t band = 0; band < bands(); ++band) {
    const MelFilters::Row row = filters_.row(band);
    float sum[kLanes] = {};
    for (std::size_t i = 0; i < row.count; ++i) {
      const float* power = power_.data() + (row.first + i) * kLanes;
      const float weight = row.weights[i];
      for (std::size_t lane = 0; lane < kLanes; ++lane) sum[lane] += weight * power[lane];
    }
    float* x = tile_.data() + band * kLanes;
    for (std::size_t lane = 0; lane < kLanes; ++lane) x[lane] = log10_at_least(sum[lane]);
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t band = 0; band < bands(); ++band) {
      out[lane * bands() + band] = tile_[band * kLanes + lane];
    }
  }
}

void normalize(std::span<float> log_mel, float maximum) noexcept {
  const float least = maximum - 8.0F;
  for (float& x : log_mel) x = (std::max(x, least) + 4.0F) / 4.0F;
}

void mirror_beginning(std::span<const float> samples, std::span<float> out) noexcept {
  for (std::size_t i = 1; i <= kMelReach; ++i) {
    out[kMelReach - i] = i < samples.size() ? samples[i] : 0.0F;
  }
}

std::vector<float> log_mel(std::span<const float> samples, std::size_t padding, std::size_t bands) {
  std::vector<float> padded(kMelReach);
  mirror_beginning(samples, padded);
  padded.insert(padded.end(), samples.begin(), samples.end());
  padded.resize(padded.size() + padding);
  const std::size_t end = padded.size();
  const std::size_t length = end - kMelReach;
  for (std::size_t i = 1; i <= kMelReach; ++i) {
    padded.push_back(i < length ? padded[end - 1 - i] : 0.0F);
  }
  const std::size_t frames = length / kMelHop;
  std::vector<float> out(frames * bands);
  if (frames == 0) return out;
  LogMel log_mel(bands);
  log_mel(padded, frames, out);
  normalize(out, *std::max_element(out.begin(), out.end()));
  return out;
}

}  // namespace sotto::audio
