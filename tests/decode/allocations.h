// Counts what the test program takes from the heap by operator new.
#pragma once

namespace sotto::test {

// Allocations since the program began, by whichever thread.
long allocations() noexcept;

}  // namespace sotto::test
