#include "lib/tensor/arena.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "lib/base/error.h"
#include "lib/tensor/planner.h"

namespace sotto::tensor {

Result<Arena> Arena::allocate(std::size_t bytes, std::string_view what) {
  Arena arena;
  if (bytes <= std::numeric_limits<std::size_t>::max() - kAlignment) {
    const std::size_t rounded =
        std::max((bytes + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
    arena.block_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded)));
    if (arena.block_) std::memset(arena.block_.get(), 0, rounded);
  }
  if (!arena.block_) {
    return base::error(ErrorCode::kOutOfMemory, "out of memory: ", what, " needs ", bytes,
                       " bytes");
  }
  arena.size_ = bytes;
  return arena;
}

}  // namespace sotto::tensor
