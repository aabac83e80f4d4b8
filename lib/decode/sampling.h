// Arithmetic on a row of logits: the log-softmax, the largest, a drawn one. Minus infinity and
// not-a-number are tokens that cannot be chosen; in a row with plus infinity nothing can be chosen.
// So the logits of a broken model do no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sotto::decode {

// log(sum(exp(logits))), summed in double; minus infinity where there is nothing to choose. Terms
// below exp(-87) of the largest count as zero.
double log_sum_exp(std::span<const float> logits) noexcept;

// log-softmax of one logit, given the row's log_sum_exp(): logit - log_sum, never above 0 and never
// below -FLT_MAX. Requires: log_sum is finite.
double log_probability(float logit, double log_sum) noexcept;

// softmax(logits)[token]; 0 where there is nothing to choose.
double probability(std::span<const float> logits, std::size_t token) noexcept;

// The largest logit, minus infinity where all of them are minus infinity or not-a-number.
float largest(std::span<const float> logits) noexcept;

// The ids of the best.size() largest logits in descending order, of equal ones the smaller id
// first. Returns how many there are: fewer where fewer can be chosen. Requires: best is not empty,
// no logit is plus infinity.
std::size_t largest_ids(std::span<const float> logits, std::span<std::int32_t> best) noexcept;

// Draws a token from softmax(logits / temperature) by inverting its cumulative distribution at
// `uniform`; -1 where there is nothing to choose. Requires: temperature in [0.001, 1000], uniform
// in [0, 1), weights.size() == logits.size(); `weights` is scratch.
std::int32_t draw(std::span<const float> logits, double temperature, double uniform,
                  std::span<float> weights) noexcept;

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014): the
// same numbers on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  // In [0, 1): the upper 53 bits.
  double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace sotto::decode
