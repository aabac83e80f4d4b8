#include "lib/tensor/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
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

void Arena::prefer_large_pages() const noexcept {
#ifdef MADV_HUGEPAGE
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(data_) + page - 1) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(data_ + size_) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace sotto::tensor
