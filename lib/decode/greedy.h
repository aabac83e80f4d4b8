// The rules of greedy decoding that models share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sotto::decode {

// The index of the largest logit, the smallest index where several are equal. Not-a-numbers are
// never chosen. Requires: not empty.
std::int32_t argmax(std::span<const float> logits) noexcept;

// A decoder that lost the sound repeats itself until it runs into its limit. If `tokens` end in a
// phrase of up to kLongestPhrase tokens said at least kLoopTimes times in a row, and kLoopTokens
// tokens or more of it, returns how many tokens there are up to the end of its first saying; else
// tokens.size(). Digits of a number may repeat legitimately: eight equal tokens are no loop.
inline constexpr std::size_t kLongestPhrase = 16;
inline constexpr std::size_t kLoopTimes = 4;
inline constexpr std::size_t kLoopTokens = 16;
std::size_t loop_start(std::span<const std::int32_t> tokens) noexcept;

}  // namespace sotto::decode
