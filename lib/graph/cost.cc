#include "lib/graph/cost.h"

#include <algorithm>
#include <numeric>

#include "lib/tensor/dtype.h"

namespace sotto::graph {
namespace {

double real(std::size_t value) { return static_cast<double>(value); }

// Convolutions and biases are always f32; a packed matrix says what it is.
template <typename Op>
tensor::Dtype weight_type(const Op& op) {
  if constexpr (requires { op.w.dtype; }) {
    return op.w.dtype;
  } else {
    return tensor::Dtype::kF32;
  }
}

double bytes_of(tensor::Dtype dtype, double elements) {
  const tensor::Block block = tensor::block(dtype);
  return elements * real(block.bytes) / real(block.elements);
}

struct Counter {
  const Plan& plan;
  std::span<const std::size_t> extents;
  Cost& cost;

  double value(Dim rows) const { return real(rows.fixed() ? rows.maximum : extents[rows.extent]); }
  double rows(Tensor x) const { return x.last_row ? 1 : value(plan.tensors[x.id].shape.rows); }

  void product(Arithmetic arithmetic, double multiply_adds) const {
    cost.operations[static_cast<std::size_t>(arithmetic)] += 2 * multiply_adds;
  }
  // `rows` rows of what the columns of x are.
  void reads(Tensor x, double rows) const {
    const TensorPlan& t = plan.tensors[x.id];
    if (t.role == Role::kState) cost.state_bytes += bytes_of(t.shape.dtype, rows * x.cols);
  }

  // Element-wise ops and copies.
  template <typename Op>
  void operator()(const Op&) const {}

  void operator()(const Conv1d& op) const {
    const double weights = real(op.taps) * op.c_in * op.c_out;
    product(arithmetic_of(op.kernel), rows(op.y) * weights);
    cost.weight_bytes += bytes_of(weight_type(op), weights);
  }
  void operator()(const Linear& op) const {
    const double weights = real(op.x.cols) * op.y.cols;
    product(arithmetic_of(op.kernel), rows(op.x) * weights);
    cost.weight_bytes += bytes_of(weight_type(op), weights);
  }
  void operator()(const Attention& op) const {
    const double queries = rows(op.q);
    const double past = op.causal ? value(op.past) : 0;
    const double keys = op.causal ? past + queries : value(op.keys);
    // Query i of a causal one sees past + i + 1 keys.
    const double seen = op.causal ? past + (queries + 1) / 2 : keys;
    product(Arithmetic::kF32, 2 * queries * seen * op.q.cols);
    reads(op.k, keys);
    reads(op.v, keys);
  }
  void operator()(const AttentionQ8& op) const {
    product(arithmetic_of(op.kernel), 2 * rows(op.q) * value(op.keys) * op.q.cols);
  }
  void operator()(const AttentionSplit& op) const {
    product(arithmetic_of(op.kernel), 2 * rows(op.q) * value(op.keys) * op.q.cols);
  }
  void operator()(const AttentionEach& op) const {
    const double sequences = rows(op.q), keys = value(op.past) + 1;
    product(Arithmetic::kF32, 2 * sequences * keys * op.q.cols);
    reads(op.k_cache, sequences * keys);
    reads(op.v_cache, sequences * keys);
  }
  void operator()(const AttentionScores& op) const {
    product(Arithmetic::kF32, rows(op.q) * value(op.keys) * op.q.cols);
    reads(op.k, value(op.keys));
  }
  void operator()(const Embedding& op) const {
    cost.weight_bytes += bytes_of(weight_type(op), rows(op.ids) * op.y.cols);
  }
};

}  // namespace

double Cost::all_operations() const noexcept {
  return std::accumulate(operations.begin(), operations.end(), 0.0);
}

Arithmetic Cost::arithmetic() const noexcept {
  return static_cast<Arithmetic>(std::ranges::max_element(operations) - operations.begin());
}

Cost& Cost::operator+=(const Cost& other) noexcept {
  for (std::size_t i = 0; i < kArithmetics; ++i) operations[i] += other.operations[i];
  weight_bytes += other.weight_bytes;
  state_bytes += other.state_bytes;
  return *this;
}

Cost& Cost::operator-=(const Cost& other) noexcept {
  for (std::size_t i = 0; i < kArithmetics; ++i) operations[i] -= other.operations[i];
  weight_bytes -= other.weight_bytes;
  state_bytes -= other.state_bytes;
  return *this;
}

Arithmetic arithmetic_of(std::string_view kernel) noexcept {
  if (kernel.starts_with("q8_") || kernel.starts_with("q4_")) return Arithmetic::kInt8;
  const bool bf16 = kernel == "bf16_avx512bf16" || kernel.ends_with("_amx");
  return bf16 ? Arithmetic::kBf16 : Arithmetic::kF32;
}

Cost count_cost(const Plan& plan, std::size_t begin, std::size_t end,
                std::span<const std::size_t> extents) noexcept {
  Cost cost;
  const Counter counter{plan, extents, cost};
  for (std::size_t i = begin; i < end; ++i) std::visit(counter, plan.nodes[i].op);
  return cost;
}

unsigned useful_threads(const Plan& plan) {
  // A thread's share: some 100 us of a core, against some 5 us to wake it.
  constexpr double kOperations = 4e6;
  std::vector<std::size_t> most;
  for (const ExtentPlan& extent : plan.extents) most.push_back(extent.maximum);
  double largest = 0;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    largest = std::max(largest, count_cost(plan, i, i + 1, most).all_operations());
  }
  return static_cast<unsigned>(std::clamp(largest / kOperations, 1.0, 256.0));
}

}  // namespace sotto::graph
