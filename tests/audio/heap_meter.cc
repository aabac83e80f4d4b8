#include "tests/audio/heap_meter.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> g_in_use{0};
std::atomic<std::size_t> g_most{0};

}  // namespace

void* operator new(std::size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  const std::size_t now = g_in_use += ::malloc_usable_size(block);
  std::size_t most = g_most;
  while (most < now && !g_most.compare_exchange_weak(most, now)) {
  }
  return block;
}

void operator delete(void* block) noexcept {
  g_in_use -= ::malloc_usable_size(block);
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept { operator delete(block); }

namespace sotto::audio {

HeapMeter::HeapMeter() : before_(g_in_use) { g_most = before_; }

std::size_t HeapMeter::most_bytes() const { return g_most - before_; }

}  // namespace sotto::audio
