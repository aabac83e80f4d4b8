// A finished graph: nodes with their kernels, tensors with their places in the arena.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/graph/ops.h"
#include "lib/tensor/shape.h"

namespace sotto::graph {

enum class Role : std::uint8_t { kActivation, kInput, kOutput, kState, kConstant };

struct TensorPlan {
  std::string name;
  tensor::Shape shape;
  Role role = Role::kActivation;
  const float* constant = nullptr;  // its elements where it is one; else they lie in the arena
  bool remade = false;              // a state that begins to live where it is declared
  bool one_block = false;           // holds the rows of one of the RowBlocks it lives in, no more
  std::size_t bytes = 0;            // at the maximum of its rows; of a constant 0
  std::size_t offset = 0;           // in the arena
  std::size_t first = 0;            // node that first needs it
  std::size_t last = 0;             // node that last needs it
};

struct Node {
  std::string name;
  AnyOp op;
};

// The nodes [begin, end).
struct Stage {
  std::string name;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t first_section = 0;
};

// A part of a stage that is timed apart: the nodes [begin, end).
struct Section {
  std::string name;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The nodes [begin, end) run for some of `rows` after the other: all of them for the first rows,
// then for the next. What lives in between alone stays small, and in the cache.
struct RowBlocks {
  // Taken at a time while more than kMostRows are left: blocks of the products' kernels, so that no
  // block ends with a few rows that run badly.
  static constexpr std::size_t kRows = 168;
  static constexpr std::size_t kMostRows = 252;

  std::size_t begin = 0;
  std::size_t end = 0;
  Dim rows;
};

struct ExtentPlan {
  std::string name;
  std::size_t maximum = 0;
};

// Immutable once made; any number of executors may share one.
struct Plan {
  std::vector<Node> nodes;
  std::vector<Stage> stages;
  std::vector<Section> sections;      // in the order of nodes; each stage has one or more
  std::vector<RowBlocks> row_blocks;  // in the order of nodes; each lies in one section
  std::vector<TensorPlan> tensors;
  std::vector<ExtentPlan> extents;
  std::size_t arena_bytes = 0;
  std::size_t state_bytes = 0;  // the part of it that states take

  std::optional<std::size_t> find_stage(std::string_view name) const noexcept;
  std::optional<std::size_t> find_section(std::string_view name) const noexcept;
};

std::string_view op_name(const AnyOp& op) noexcept;
std::string_view kernel_name(const AnyOp& op) noexcept;

// For people: every node with kernel, shape and offset, then the arena as a picture, time downwards
// and addresses across, `width` characters wide.
std::string describe(const Plan& plan, std::size_t width = 96);

}  // namespace sotto::graph
