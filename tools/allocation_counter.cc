#include "tools/allocation_counter.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SOTTO_SANITIZER_HEAP
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SOTTO_SANITIZER_HEAP
#endif
#endif

#if defined(__GLIBC__) && !defined(SOTTO_SANITIZER_HEAP)

namespace {
std::atomic<std::size_t> g_allocations{0};

void count() { g_allocations.fetch_add(1, std::memory_order_relaxed); }
}  // namespace

// The C library's own, under the names by which it lets others replace malloc() (glibc's manual,
// "Replacing malloc"). free() stays as it is.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) noexcept {
  count();
  return __libc_calloc(items, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  count();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  count();
  void* made = __libc_memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}
}

namespace sotto::tools {
std::optional<std::size_t> allocations() noexcept {
  return g_allocations.load(std::memory_order_relaxed);
}
}  // namespace sotto::tools

#else

namespace sotto::tools {
std::optional<std::size_t> allocations() noexcept { return std::nullopt; }
}  // namespace sotto::tools

#endif
