// Cuts a text into the pieces that GPT-2's byte-pair encoding never merges across.
#pragma once

#include <cstddef>
#include <string_view>

namespace sotto::text {

// Bytes of the first piece of `text`, by the pattern of openai/gpt-2, encoder.py:
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// The first alternative that fits counts, and takes as much as it can. \s is White_Space. Bytes
// that are not UTF-8 count as symbols. At least 1; requires: text is not empty.
std::size_t first_piece(std::string_view text);

}  // namespace sotto::text
