// Runs a plan: the arena, the current extents, and the loop over the nodes.
#pragma once

#include <sotto/result.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lib/graph/cost.h"
#include "lib/graph/plan.h"
#include "lib/graph/thread_pool.h"
#include "lib/tensor/arena.h"

namespace sotto::graph {

// What the runs of a section came to.
struct Usage {
  std::size_t runs = 0;
  std::chrono::steady_clock::time_point started;  // the first of them
  double seconds = 0;                             // of wall time
  Cost cost;

  Usage& operator+=(const Usage& later) noexcept;
  // Without what came before, some of it; `started` stays the first run's.
  Usage operator-(const Usage& before) const noexcept;
};

struct Runner;

// One user at a time. After create() nothing allocates and nothing fails.
class Executor {
 public:
  // `plan` must outlive the executor.
  static Result<std::unique_ptr<Executor>> create(const Plan& plan, unsigned threads);

  // Requires: rows <= extent.maximum, and `extent` is an extent of the plan.
  void set(Dim extent, std::size_t rows) noexcept;
  std::size_t value(Dim rows) const noexcept;

  // The elements of a whole tensor at the current extents.
  std::span<float> f32(Tensor x) noexcept;
  std::span<std::int32_t> i32(Tensor x) noexcept;
  std::span<std::byte> bytes(Tensor x) noexcept;

  // Runs the nodes of stage `index`. Requires: every extent that its nodes use is set, and rows are
  // not 0.
  void run(std::size_t index) noexcept;

  // Asked before each node; true leaves out the rest of the stage, whose tensors then hold
  // anything. Null: never.
  using Stop = bool (*)(void* context) noexcept;
  void set_stop(Stop stop, void* context) noexcept {
    stop_ = stop;
    stop_context_ = context;
  }

  // Of section `index` since clear_usage().
  const Usage& usage(std::size_t index) const noexcept { return usage_[index]; }
  void clear_usage() noexcept;

  unsigned threads() const noexcept { return pool_->threads(); }

 private:
  friend struct Runner;
  Executor(const Plan& plan, tensor::Arena arena, std::unique_ptr<ThreadPool> pool);
  void run_section(const Section& section, Usage& usage) noexcept;
  // False: stopped on the way.
  bool run_nodes(const Runner& runner, std::size_t begin, std::size_t end) noexcept;
  bool run_blocks(const RowBlocks& blocks) noexcept;

  const Plan& plan_;
  tensor::Arena arena_;
  std::unique_ptr<ThreadPool> pool_;
  std::vector<std::size_t> extents_;
  std::vector<Usage> usage_;  // a section each
  Stop stop_ = nullptr;
  void* stop_context_ = nullptr;
};

}  // namespace sotto::graph
