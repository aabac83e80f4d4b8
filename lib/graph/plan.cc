#include "lib/graph/plan.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "lib/base/error.h"

namespace sotto::graph {
namespace {

const char* role_name(Role role) {
  switch (role) {
    case Role::kActivation: return "activation";
    case Role::kInput: return "input";
    case Role::kOutput: return "output";
    case Role::kState: return "state";
    case Role::kConstant: return "constant";
  }
  return "?";
}

std::string shape_text(const Plan& plan, const tensor::Shape& shape) {
  const std::string rows = shape.rows.fixed() ? base::text(shape.rows.maximum)
                                              : base::concat(plan.extents[shape.rows.extent].name,
                                                             "<=", shape.rows.maximum);
  return base::concat("[", rows, ", ", shape.cols, "] ", tensor::name(shape.dtype));
}

// The tensor that a node's result is in: the last it writes.
Tensor result_of(const AnyOp& any) {
  Tensor result;
  std::visit([&](const auto& op) { op.visit([](Tensor) {}, [&](Tensor y) { result = y; }); }, any);
  return result;
}

void list_nodes(const Plan& plan, std::ostream& out) {
  for (const Stage& stage : plan.stages) {
    out << "stage " << stage.name << "\n";
    for (std::size_t i = stage.begin; i < stage.end; ++i) {
      const Node& node = plan.nodes[i];
      const TensorPlan& t = plan.tensors[result_of(node.op).id];
      out << std::setw(5) << i << "  " << std::left << std::setw(18) << node.name << std::setw(11)
          << op_name(node.op) << std::setw(13) << kernel_name(node.op) << std::right
          << std::setw(11) << t.offset << " +" << std::left << std::setw(10) << t.bytes << " "
          << shape_text(plan, t.shape) << (t.role == Role::kState ? " state" : "") << std::right
          << "\n";
    }
  }
}

void list_kept(const Plan& plan, std::ostream& out) {
  out << "inputs, outputs and states\n";
  for (const TensorPlan& t : plan.tensors) {
    if (t.role == Role::kActivation || t.role == Role::kConstant) continue;
    out << "  " << std::left << std::setw(24) << t.name << std::setw(8) << role_name(t.role)
        << std::right << std::setw(11) << t.offset << " +" << std::left << std::setw(10) << t.bytes
        << " " << shape_text(plan, t.shape) << std::right << "\n";
  }
}

char letter(std::size_t id) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return kLetters[id % kLetters.size()];
}

void draw(const Plan& plan, std::size_t width, std::ostream& out) {
  const std::size_t cell = std::max<std::size_t>(1, (plan.arena_bytes + width - 1) / width);
  out << "arena: a column is " << cell << " bytes, a row a node; = state, . free\n";
  std::string row(width, '.'), last;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    std::fill(row.begin(), row.end(), '.');
    for (std::size_t id = 0; id < plan.tensors.size(); ++id) {
      const TensorPlan& t = plan.tensors[id];
      if (t.role == Role::kConstant || i < t.first || i > t.last) continue;
      const std::size_t begin = t.offset / cell;
      const std::size_t end = std::min(width, (t.offset + t.bytes + cell - 1) / cell);
      std::fill(row.begin() + static_cast<std::ptrdiff_t>(begin),
                row.begin() + static_cast<std::ptrdiff_t>(end),
                t.role == Role::kState ? '=' : letter(id));
    }
    out << std::setw(5) << i << " |" << row << "|\n";
  }
}

template <typename Named>
std::optional<std::size_t> index_of(const std::vector<Named>& all, std::string_view name) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> Plan::find_stage(std::string_view wanted) const noexcept {
  return index_of(stages, wanted);
}
std::optional<std::size_t> Plan::find_section(std::string_view wanted) const noexcept {
  return index_of(sections, wanted);
}

std::string_view op_name(const AnyOp& any) noexcept {
  return std::visit([](const auto& op) { return std::string_view(op.kName); }, any);
}

std::string_view kernel_name(const AnyOp& any) noexcept {
  return std::visit([](const auto& op) { return op.kernel; }, any);
}

std::string describe(const Plan& plan, std::size_t width) {
  std::ostringstream out;
  out << "arena " << plan.arena_bytes << " bytes, of them states " << plan.state_bytes << "; "
      << plan.nodes.size() << " nodes, " << plan.tensors.size() << " tensors\n";
  out << "node  scope             op         kernel           offset +bytes      result\n";
  list_nodes(plan, out);
  list_kept(plan, out);
  draw(plan, std::max<std::size_t>(width, 16), out);
  return out.str();
}

}  // namespace sotto::graph
