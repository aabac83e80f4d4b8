// A model's weights in the form the kernels read. Made once at load, then immutable and shared.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string_view>

#include "lib/graph/products.h"
#include "lib/tensor/arena.h"

namespace sotto::graph {

// The widest instruction set to use: what SOTTO_MAX_ISA names ("scalar", "avx2", ...), or the best.
// Error where it names none of this architecture.
Result<Isa> isa_from_environment();

// A matrix w [n, k] packed for the product that matrix_kernels() gives for its type; `data` lives
// as long as its WeightStore.
struct PackedMatrix {
  const std::byte* data = nullptr;
  std::size_t n = 0;
  std::size_t k = 0;
  Dtype dtype = Dtype::kF32;
  kernels::gemm_q8::Layout layout = {};
};

// Rows of a packed matrix: `matrix` begins `before` rows above them, where their panel does.
struct PackedRows {
  PackedMatrix matrix;
  std::size_t before = 0;
};
// Rows [first, first + count). Requires: count > 0, first + count <= w.n.
PackedRows rows_of(const PackedMatrix& w, std::size_t first, std::size_t count);

class WeightStore {
 public:
  // Packs for the best matrix kernel this CPU has up to `cap`.
  explicit WeightStore(Isa cap);

  Isa cap() const noexcept { return cap_; }
  std::size_t bytes() const noexcept { return bytes_; }
  // "avx512": the widest instruction set that the products of its matrices use.
  std::string_view instruction_set() const noexcept { return kernels::name(widest_); }

  // Fills out, [rows, k] without gaps, with rows [row, row + rows) of the matrix.
  using ReadRows = std::function<void(std::size_t row, std::size_t rows, float* out)>;
  // Requires: n, k > 0.
  Result<PackedMatrix> pack(std::size_t n, std::size_t k, const ReadRows& read);

  // The same of a matrix whose numbers are of `dtype`, as a file has them. Requires: also
  // has_product(dtype), k a multiple of its block's elements.
  using ReadBytes = std::function<void(std::size_t row, std::size_t rows, std::byte* out)>;
  Result<PackedMatrix> pack(Dtype dtype, std::size_t n, std::size_t k, const ReadBytes& read);

  // Memory for `count` floats that the caller fills before sharing the store; zeroed.
  Result<std::span<float>> floats(std::size_t count);

 private:
  Result<std::byte*> allocate(std::size_t count, std::size_t size);

  Isa cap_;
  Isa widest_ = Isa::kScalar;
  std::size_t bytes_ = 0;
  std::deque<tensor::Arena> blocks_;
};

// cos and sin of every position's angles, [positions, rotary_dim / 2]; memory of `store`.
struct RopeTables {
  const float* cos = nullptr;
  const float* sin = nullptr;
  std::uint32_t positions = 0;
  std::uint32_t rotary_dim = 0;
};
Result<RopeTables> rope_tables(WeightStore& store, std::size_t positions, std::size_t rotary_dim,
                               double base);

}  // namespace sotto::graph
