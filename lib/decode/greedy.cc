#include "lib/decode/greedy.h"

#include <algorithm>
#include <limits>

namespace sotto::decode {

std::int32_t argmax(std::span<const float> logits) noexcept {
  std::size_t best = 0;
  float most = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > most) {
      most = logits[i];
      best = i;
    }
  }
  return static_cast<std::int32_t>(best);
}

std::size_t loop_start(std::span<const std::int32_t> tokens) noexcept {
  for (std::size_t phrase = 1; phrase <= kLongestPhrase; ++phrase) {
    std::size_t equal = 0;  // tokens at the end that equal the one a phrase before them
    while (equal + phrase < tokens.size() &&
           tokens[tokens.size() - 1 - equal] == tokens[tokens.size() - 1 - equal - phrase]) {
      ++equal;
    }
    const std::size_t length = equal + phrase;
    if (length >= std::max(kLoopTimes * phrase, kLoopTokens)) return tokens.size() - equal;
  }
  return tokens.size();
}

}  // namespace sotto::decode
