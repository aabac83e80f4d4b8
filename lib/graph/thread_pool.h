// The threads of one session. They split the work items of one kernel call at a time.
#pragma once

#include <sotto/result.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "kernels/isa.h"

namespace sotto::graph {

// Owned and used by one thread at a time, which works too: a pool of 1 has no thread of its own. A
// job waits for the threads that took part of it alone: one that has no core is not missed. Idle
// threads spin for some tens of microseconds, the gap between two nodes, then sleep in the
// kernel; between transcriptions they use no CPU.
class ThreadPool {
 public:
  // `threads` in [1, kMaxThreads]; fails where the system gives no more.
  static Result<std::unique_ptr<ThreadPool>> create(unsigned threads);
  static constexpr unsigned kMaxThreads = 256;

  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned threads() const noexcept { return static_cast<unsigned>(workers_.size()) + 1; }

  // Calls body(Range) for at most `most_ranges` ranges that together are [0, items), each once, on
  // any thread; returns when all are done. `body` must not throw or call back into the pool.
  // Requires: most_ranges > 0.
  template <typename Body>
  void split(std::size_t items, std::size_t most_ranges, const Body& body) noexcept {
    run(
        items, most_ranges,
        [](const void* context, kernels::Range range) noexcept {
          (*static_cast<const Body*>(context))(range);
        },
        &body);
  }

 private:
  static constexpr std::uint32_t kClosed = 0;
  static constexpr std::uint32_t kOpen = 1U << 31;

  using Call = void (*)(const void* context, kernels::Range range) noexcept;

  ThreadPool() = default;
  void run(std::size_t items, std::size_t most_ranges, Call call, const void* context) noexcept;
  void work() noexcept;   // a worker's life
  bool enter() noexcept;  // false: the job is over
  void leave() noexcept;
  void take_items() noexcept;  // until none is left

  std::vector<std::thread> workers_;
  // The current job. Written by the owner while gate_ is closed, read by workers inside.
  Call call_ = nullptr;
  const void* context_ = nullptr;
  std::size_t items_ = 0;
  std::size_t chunk_ = 1;
  alignas(64) std::atomic<std::size_t> next_{0};          // first item not taken
  alignas(64) std::atomic<std::uint32_t> epoch_{0};       // number of jobs so far
  alignas(64) std::atomic<std::uint32_t> gate_{kClosed};  // kOpen and the number of workers inside
  std::atomic<bool> stop_{false};
};

}  // namespace sotto::graph
