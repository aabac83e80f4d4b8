#include "lib/tensor/arena.h"

#include <algorithm>
#include <limits>

#include "lib/base/error.h"
#include "lib/tensor/planner.h"

namespace sotto::tensor {

Result<Arena> Arena::allocate(std::size_t bytes, std::string_view what) {
  Arena arena;
  void* start = nullptr;
  std::size_t space = 0;
  if (bytes <= std::numeric_limits<std::size_t>::max() - 2 * kAlignment) {
    space = std::max<std::size_t>(bytes, 1) + kAlignment - 1;
    start = std::calloc(space, 1);  // which knows what the system gave as zeros
    arena.block_.reset(static_cast<std::byte*>(start));
  }
  if (!arena.block_) {
    return base::error(ErrorCode::kOutOfMemory, "out of memory: ", what, " needs ", bytes,
                       " bytes");
  }
  arena.data_ = static_cast<std::byte*>(std::align(kAlignment, 1, start, space));
  arena.size_ = bytes;
  return arena;
}

}  // namespace sotto::tensor
