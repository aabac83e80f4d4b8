// Counts what this program takes from the heap, by malloc() and what stands on it.
#pragma once

#include <cstddef>
#include <optional>

namespace sotto::tools {

// Allocations since the program began, by whichever thread; none where the C library is not glibc
// or a sanitizer has taken its place.
std::optional<std::size_t> allocations() noexcept;

}  // namespace sotto::tools
