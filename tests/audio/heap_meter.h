// How much of the heap a part of a test uses. heap_meter.cc replaces operator new for the whole
// program; in a file of its own, so that the compiler does not see both ends of an allocation.
#pragma once

#include <cstddef>

namespace sotto::audio {

class HeapMeter {
 public:
  HeapMeter();

  // The most bytes that were in use at a time since this was made, beyond those in use then.
  std::size_t most_bytes() const;

 private:
  std::size_t before_;
};

}  // namespace sotto::audio
