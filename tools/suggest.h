// What someone may have meant who mistyped a name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sotto::tools {

// The fewest insertions, deletions, replacements and swaps of neighbours (none edited again) that
// turn `a` into `b`; no more than `most` + 1, which stands for all that is farther.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

// The name nearest to `typed`, ASCII letters in any case and _ taken for -; none where every one is
// too far to be meant, or `typed` is one of them. Of equally near ones the first.
std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> names);

// "; did you mean NAME?", or nothing where there is none.
std::string did_you_mean(std::string_view typed, std::span<const std::string> names);

}  // namespace sotto::tools
