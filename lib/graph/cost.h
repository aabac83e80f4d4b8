// What running nodes takes, counted from the graph: the operations of products and the bytes that
// must at least be read. Speeds as shares of a machine's limits come from here.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "lib/graph/plan.h"

namespace sotto::graph {

// What is multiplied. Weights of another type that a kernel widens to f32 count as f32.
enum class Arithmetic : std::uint8_t { kF32, kBf16, kInt8 };
inline constexpr std::size_t kArithmetics = 3;

struct Cost {
  // By what is multiplied; a multiply-add is two. Of convolutions, linear layers and attention
  // (both of its products, where causal up to the query's own key); element-wise work counts
  // nothing.
  std::array<double, kArithmetics> operations{};
  double weight_bytes = 0;  // of matrices, each once a node; rows of an embedding
  double state_bytes = 0;   // of caches, the rows that are attended to, each once a node

  double all_operations() const noexcept;
  double bytes() const noexcept { return weight_bytes + state_bytes; }
  // That of most operations.
  Arithmetic arithmetic() const noexcept;

  Cost& operator+=(const Cost& other) noexcept;
  Cost& operator-=(const Cost& other) noexcept;
};

// Of the nodes [begin, end) where extent i is extents[i]. Allocates nothing.
// Requires: begin <= end <= nodes, an extent for each of the plan's.
Cost count_cost(const Plan& plan, std::size_t begin, std::size_t end,
                std::span<const std::size_t> extents) noexcept;

// What the kernel of that name multiplies: "bf16_avx512bf16" has products of bf16, "bf16_avx2"
// widens. "f16_amx" makes three of bf16 for one, so that a third of the peak is its limit.
Arithmetic arithmetic_of(std::string_view kernel) noexcept;

// Threads that the largest of the plan's nodes keeps busy for longer than it takes to wake them.
unsigned useful_threads(const Plan& plan);

}  // namespace sotto::graph
