#include "lib/graph/layout.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/tensor/planner.h"

namespace sotto::graph {
namespace {

bool whole(Tensor x, const TensorPlan& t) {
  return x.first_col == 0 && x.cols == t.shape.cols && !x.last_row;
}

// The index of the stage that node `i` belongs to.
std::size_t stage_of(const Plan& plan, std::size_t i) {
  std::size_t stage = 0;
  while (i >= plan.stages[stage].end) ++stage;
  return stage;
}

// First and last use of every tensor; states live always, those that are remade from where they are
// declared; inputs from the begin of their stage, outputs to its end.
std::optional<Error> find_lifetimes(Plan& plan) {
  std::optional<Error> failure;
  std::vector<bool> seen(plan.tensors.size(), false);
  for (TensorPlan& t : plan.tensors) {
    // An input was declared before the first node that reads it; its stage starts no later.
    if (t.role != Role::kInput) continue;
    for (const Stage& stage : plan.stages) {
      if (stage.begin <= t.first && t.first < stage.end) t.first = stage.begin;
    }
  }
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const auto touch = [&](Tensor x, bool writes) {
      TensorPlan& t = plan.tensors[x.id];
      if (t.role == Role::kConstant) {
        if (writes && !failure) {
          failure = base::error(ErrorCode::kInternal, "graph: ", t.name, " is constant");
        }
        return;
      }
      const bool fresh = !seen[x.id] && t.role != Role::kInput && t.role != Role::kState;
      if (fresh && !writes && !failure) {
        failure = base::error(ErrorCode::kInternal, "graph: ", t.name, " is read before written");
      }
      if (fresh) t.first = i;
      seen[x.id] = true;
      t.last = std::max(t.last, i);
      if (t.role != Role::kState && stage_of(plan, t.first) != stage_of(plan, i) && !failure) {
        failure = base::error(ErrorCode::kInternal, "graph: ", t.name,
                              " is used in two stages and is no state");
      }
    };
    std::visit(
        [&](const auto& op) {
          op.visit([&](Tensor x) { touch(x, false); }, [&](Tensor x) { touch(x, true); });
        },
        plan.nodes[i].op);
  }
  for (TensorPlan& t : plan.tensors) {
    if (t.role == Role::kState) {
      if (!t.remade) t.first = 0;
      t.last = plan.nodes.size();
    } else if (t.role == Role::kOutput) {
      t.last = plan.stages[stage_of(plan, t.first)].end - 1;
    }
  }
  return failure;
}

// What lives in row blocks alone holds the rows of one.
void shrink_to_blocks(Plan& plan) {
  for (const RowBlocks& blocks : plan.row_blocks) {
    for (TensorPlan& t : plan.tensors) {
      const bool inside = blocks.begin <= t.first && t.last < blocks.end;
      if (!inside || t.role != Role::kActivation || blocks.begin == blocks.end) continue;
      t.one_block = true;
      const std::size_t rows = t.shape.rows.maximum;
      t.bytes = t.bytes / rows * std::min(rows, RowBlocks::kMostRows);
    }
  }
}

// What row blocks read or write and that lives outside of them, too, is in use through all of them.
void extend_over_blocks(Plan& plan) {
  for (const RowBlocks& blocks : plan.row_blocks) {
    const auto touch = [&](Tensor x) {
      TensorPlan& t = plan.tensors[x.id];
      if (t.one_block || t.role == Role::kConstant) return;
      t.first = std::min(t.first, blocks.begin);
      t.last = std::max(t.last, blocks.end - 1);
    };
    for (std::size_t i = blocks.begin; i < blocks.end; ++i) {
      std::visit([&](const auto& op) { op.visit(touch, touch); }, plan.nodes[i].op);
    }
  }
}

// Which buffer each tensor lies in: its own, or that of an input which dies where it is born.
std::vector<std::size_t> share_buffers(const Plan& plan) {
  std::vector<std::size_t> buffer(plan.tensors.size());
  for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = i;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    std::visit(
        [&](const auto& op) {
          const Tensor old = op.replaces();
          if (!old) return;
          std::size_t reads = 0;
          Tensor result;
          op.visit([&](Tensor x) { reads += x.id == old.id ? 1 : 0; },
                   [&](Tensor y) { result = y; });  // the last tensor written is the result
          const TensorPlan& from = plan.tensors[old.id];
          const TensorPlan& to = plan.tensors[result.id];
          const bool dies = from.role == Role::kActivation && from.last == i && reads == 1;
          const bool born = to.role != Role::kState && to.first == i;
          const bool fits = whole(old, from) && whole(result, to) &&
                            from.shape.rows == to.shape.rows && from.bytes == to.bytes;
          if (dies && born && fits) buffer[result.id] = buffer[old.id];
        },
        plan.nodes[i].op);
  }
  return buffer;
}

}  // namespace

Status lay_out(Plan& plan) {
  if (std::optional<Error> failure = find_lifetimes(plan)) return *std::move(failure);
  shrink_to_blocks(plan);
  const std::vector<std::size_t> buffer = share_buffers(plan);
  extend_over_blocks(plan);
  std::vector<tensor::Buffer> buffers(plan.tensors.size());
  for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
    const TensorPlan& t = plan.tensors[i];
    tensor::Buffer& b = buffers[buffer[i]];
    if (buffer[i] == i) b = {t.bytes, t.first, t.last};
    b.first = std::min(b.first, t.first);
    b.last = std::max(b.last, t.last);
    if (t.role == Role::kState) plan.state_bytes += t.bytes;
  }
  Result<tensor::Layout> layout = tensor::plan_memory(buffers);
  if (!layout) return std::move(layout).error();
  for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
    plan.tensors[i].offset = layout->offsets[buffer[i]];
  }
  plan.arena_bytes = layout->bytes;
  return ok();
}

}  // namespace sotto::graph
