#include "lib/graph/thread_pool.h"

#include <algorithm>
#include <system_error>

#include "lib/base/error.h"

namespace sotto::graph {
namespace {

inline void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Some 50 us on the CPUs at hand: longer than the serial part between two nodes, short enough to
// be lost in a power reading.
constexpr int kSpins = 2000;

// Until `value` is no longer `old`.
void await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) noexcept {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

// Several ranges a thread, so that one that lost its core for a while does not hold up the rest.
constexpr std::size_t kRangesPerThread = 4;

}  // namespace

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(unsigned threads) {
  if (threads < 1 || threads > kMaxThreads) {
    return base::error(ErrorCode::kInvalidArgument, "threads is ", threads, ", expected 1 to ",
                       kMaxThreads);
  }
  std::unique_ptr<ThreadPool> pool(new ThreadPool);
  pool->workers_.reserve(threads - 1);
  for (unsigned i = 1; i < threads; ++i) {
    try {
      pool->workers_.emplace_back([raw = pool.get()] { raw->work(); });
    } catch (const std::system_error& failure) {
      return base::error(ErrorCode::kOutOfMemory, "cannot start thread ", i + 1, " of ", threads,
                         ": ", failure.what());
    }
  }
  return pool;
}

ThreadPool::~ThreadPool() {
  stop_.store(true, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::size_t items, std::size_t most_ranges, Call call,
                     const void* context) noexcept {
  if (workers_.empty() || items <= 1 || most_ranges <= 1) {
    if (items > 0) call(context, {0, items});
    return;
  }
  call_ = call;
  context_ = context;
  items_ = items;
  chunk_ = std::max({std::size_t{1}, items / (threads() * kRangesPerThread),
                     (items + most_ranges - 1) / most_ranges});
  next_.store(0, std::memory_order_relaxed);
  gate_.store(kOpen, std::memory_order_release);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  take_items();
  // All is taken; what is not done is in the hands of those inside.
  for (std::uint32_t gate = kOpen; !gate_.compare_exchange_strong(
           gate, kClosed, std::memory_order_acquire, std::memory_order_relaxed);
       gate = kOpen) {
    await_change(gate_, gate);
  }
}

bool ThreadPool::enter() noexcept {
  std::uint32_t gate = gate_.load(std::memory_order_relaxed);
  while (gate != kClosed) {
    if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire,
                                    std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void ThreadPool::leave() noexcept {
  if (gate_.fetch_sub(1, std::memory_order_release) == kOpen + 1) gate_.notify_one();
}

void ThreadPool::take_items() noexcept {
  for (;;) {
    const std::size_t begin = next_.fetch_add(chunk_, std::memory_order_relaxed);
    if (begin >= items_) return;
    call_(context_, {begin, std::min(begin + chunk_, items_)});
  }
}

void ThreadPool::work() noexcept {
  std::uint32_t seen = 0;
  for (;;) {
    await_change(epoch_, seen);
    seen = epoch_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) return;
    if (!enter()) continue;
    take_items();
    leave();
  }
}

}  // namespace sotto::graph
