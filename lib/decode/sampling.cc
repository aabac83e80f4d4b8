#include "lib/decode/sampling.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <limits>

namespace sotto::decode {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Rows are worked on in blocks: of the loops below those over kLanes or kBlock become SIMD.
constexpr std::size_t kLanes = 16;
constexpr std::size_t kBlock = 256;
constexpr float kLowest = -87.0F;  // exp() of less is no normal float

// The bits of exp(x) for x in [kLowest, 0], to 2 units in the last place: 2^n * exp(r) with n =
// round(x / ln 2), |r| <= ln(2) / 2 and the Taylor polynomial of degree 7, whose remainder is below
// 2^-27.
inline std::uint32_t exp_of_negative(float x) noexcept {
  constexpr float kRound = 0x1.8p23F;  // adding it leaves a float no bits for fractions
  constexpr float kLog2E = 0x1.715476p0F;
  constexpr float kLn2High = 0x1.62e4p-1F;  // ln 2 in two parts; n * kLn2High is exact
  constexpr float kLn2Low = 0x1.7f7d1cp-20F;
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  // The low bits of `shifted` are n in two's complement.
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) << 23;
  return std::bit_cast<std::uint32_t>(p) + exponent;
}

// weights[i] = exp((logits[i] - top) * scale), 0 where that is nothing. Requires: top is the
// largest logit and finite, 0 < scale < infinity.
inline void weigh(const float* logits, std::size_t count, float top, float scale,
                  float* weights) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const float x = (logits[i] - top) * scale;
    // All bits or none, none also for a NaN. Bounding x to where exp_of_negative() is defined makes
    // GCC 12 branch, and the loop five times slower; bits of what it is not defined for are masked.
    const std::uint32_t counts = 0U - static_cast<std::uint32_t>(x > kLowest);
    weights[i] = std::bit_cast<float>(exp_of_negative(x) & counts);
  }
}

double sum(const float* weights, std::size_t count) noexcept {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] += static_cast<double>(weights[i + j]);
  }
  double total = 0;
  for (; i < count; ++i) total += static_cast<double>(weights[i]);
  for (const double lane : lanes) total += lane;
  return total;
}

}  // namespace

float largest(std::span<const float> logits) noexcept {
  const float* x = logits.data();
  const std::size_t count = logits.size();
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, -kInfinity);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  }
  for (; i < count; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

double log_sum_exp(std::span<const float> logits) noexcept {
  const float top = largest(logits);
  if (std::isinf(top)) return -std::numeric_limits<double>::infinity();
  double total = 0;
  float weights[kBlock];
  for (std::size_t i = 0; i < logits.size(); i += kBlock) {
    const std::size_t count = std::min(kBlock, logits.size() - i);
    weigh(logits.data() + i, count, top, 1, weights);
    total += sum(weights, count);
  }
  return static_cast<double>(top) + std::log(total);
}

double log_probability(float logit, double log_sum) noexcept {
  constexpr auto kMost = static_cast<double>(FLT_MAX);
  const double difference = static_cast<double>(logit) - log_sum;
  return difference > -kMost ? std::min(difference, 0.0) : -kMost;
}

double probability(std::span<const float> logits, std::size_t token) noexcept {
  const double log_sum = log_sum_exp(logits);
  if (!std::isfinite(log_sum)) return 0;
  return std::exp(log_probability(logits[token], log_sum));
}

std::size_t largest_ids(std::span<const float> logits, std::span<std::int32_t> best) noexcept {
  std::size_t found = 0;
  float least = -kInfinity;  // a logit must be larger to be among the best
  for (std::size_t block = 0; block < logits.size(); block += kBlock) {
    const std::size_t end = std::min(block + kBlock, logits.size());
    if (!(largest(logits.subspan(block, end - block)) > least)) continue;
    for (std::size_t i = block; i < end; ++i) {
      if (!(logits[i] > least)) continue;
      std::size_t at = found < best.size() ? found++ : found - 1;
      for (; at > 0 && logits[i] > logits[static_cast<std::size_t>(best[at - 1])]; --at) {
        best[at] = best[at - 1];
      }
      best[at] = static_cast<std::int32_t>(i);
      if (found == best.size()) least = logits[static_cast<std::size_t>(best[found - 1])];
    }
  }
  return found;
}

std::int32_t draw(std::span<const float> logits, double temperature, double uniform,
                  std::span<float> weights) noexcept {
  const float top = largest(logits);
  if (std::isinf(top)) return -1;
  weigh(logits.data(), logits.size(), top, static_cast<float>(1 / temperature), weights.data());
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); i += kBlock) {
    total += sum(weights.data() + i, std::min(kBlock, weights.size() - i));
  }
  const double target = uniform * total;
  double below = 0;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < weights.size(); i += kBlock) {
    const std::size_t count = std::min(kBlock, weights.size() - i);
    const double block = sum(weights.data() + i, count);
    if (block > 0) chosen = i;
    if (below + block > target) break;
    below += block;
  }
  // Rounding may leave the sum short of the target: then it is the block's last that has a weight.
  const std::size_t end = std::min(chosen + kBlock, weights.size());
  for (std::size_t i = chosen; i < end; ++i) {
    if (weights[i] == 0) continue;
    chosen = i;
    below += static_cast<double>(weights[i]);
    if (below > target) break;
  }
  return static_cast<std::int32_t>(chosen);
}

}  // namespace sotto::decode
